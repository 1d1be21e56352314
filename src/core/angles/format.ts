import type { Interval } from './types.ts';

/** "88.7°"; a dash for what is undefined. */
export function formatDegrees(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)}°` : '–';
}

/** "88.7° [88.1, 89.2]": units stand once. Without an interval (a single figure) only the estimate. */
export function formatInterval(interval: Interval, format: (value: number) => string): string {
  const { estimate, low, high, basis } = interval;
  if (basis === 'none' || !Number.isFinite(low) || !Number.isFinite(high)) return format(estimate);
  return `${format(estimate)} [${format(low).replace('°', '')}, ${format(high).replace('°', '')}]`;
}

/** "p = 0.41", "p < 0.001". */
export function formatP(p: number): string {
  if (p < 0.001) return 'p < 0.001';
  return p < 0.095 ? `p = ${p.toFixed(3)}` : `p = ${p.toFixed(2)}`;
}

/** "1 pair", "12 pairs". */
export function plural(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
