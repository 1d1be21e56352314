/** Linear scales and round ticks, for every chart. */

export interface Scale {
  (value: number): number;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  invert(position: number): number;
}

export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const span = domain[1] - domain[0] || 1;
  const slope = (range[1] - range[0]) / span;
  const scale = (value: number) => range[0] + (value - domain[0]) * slope;
  return Object.assign(scale, { domain, range, invert: (position: number) => domain[0] + (position - range[0]) / slope });
}

/** Step of 1, 2 or 5 times a power of ten that makes about `count` intervals. */
export function tickStep(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  return power * (factor >= 7.1 ? 10 : factor >= 3.2 ? 5 : factor >= 1.5 ? 2 : 1);
}

export function ticks(from: number, to: number, count: number): number[] {
  if (!(to > from)) return [from];
  const step = tickStep(to - from, count);
  const values: number[] = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index += 1) values.push(Number((index * step).toPrecision(12)));
  return values;
}

/** The smallest end of a round tick interval at or above `value`. */
export function niceCeiling(value: number, count: number): number {
  if (!(value > 0)) return 1;
  const step = tickStep(value, count);
  return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(12));
}
