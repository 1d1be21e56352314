/** Numbers as the page writes them; units always, thin spaces between thousands, a true minus sign. */

const THIN = '\u2009';

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

export function formatCount(value: number): string {
  const sign = value < 0 ? '−' : '';
  return sign + grouped(Math.abs(Math.round(value)).toString());
}

export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–';
  const text = Math.abs(value).toFixed(digits);
  const point = text.indexOf('.');
  const sign = value < 0 && Number(text) !== 0 ? '−' : '';
  return sign + (point < 0 ? grouped(text) : grouped(text.slice(0, point)) + text.slice(point));
}

export function formatDegrees(value: number, digits = 1): string {
  return Number.isFinite(value) ? `${formatFixed(value, digits)}°` : '–';
}

/** Four significant digits without an exponent between 0.001 and 100,000, else a power of ten. */
export function formatSignificant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa = '0', exponent = '0'] = value.toExponential(digits - 1).split('e');
    return `${mantissa.replace('-', '−')}·10${superscript(Number(exponent))}`;
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return formatFixed(value, decimals);
}

function superscript(value: number): string {
  return Array.from(value.toString(), (character) => (character === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(character)))).join('');
}

export function formatP(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}

/** "8 s", "3 min 20 s", "1 h 5 min"; whole seconds, because a progress line must not jitter. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 'B';
  for (const next of units) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${formatFixed(value, value < 10 ? 1 : 0)} ${unit}`;
}

/** Parameters as people say them: 494 M, 0.5 M, 12 k. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${formatFixed(count / 1e9, 1)} B`;
  if (count >= 1e6) return `${formatFixed(count / 1e6, count < 1e7 ? 1 : 0)} M`;
  if (count >= 1e3) return `${formatFixed(count / 1e3, 0)} k`;
  return count.toString();
}

export function formatDate(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
