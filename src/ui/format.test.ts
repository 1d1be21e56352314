import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDegrees, formatDuration, formatFixed, formatP, formatParameters, formatSignificant, plural } from './format.ts';

describe('format', () => {
  it('groups thousands with thin spaces and uses a true minus', () => {
    expect(formatCount(1234567)).toBe('1\u2009234\u2009567');
    expect(formatFixed(-1234.56, 1)).toBe('−1\u2009234.6');
    expect(formatFixed(-0.01, 1)).toBe('0.0');
  });
  it('writes an undefined number as a dash', () => {
    expect(formatDegrees(Number.NaN)).toBe('–');
    expect(formatSignificant(Number.POSITIVE_INFINITY)).toBe('–');
  });
  it('keeps significant digits at every size', () => {
    expect(formatSignificant(0.01234)).toBe('0.0123');
    expect(formatSignificant(12.34)).toBe('12.3');
    expect(formatSignificant(0.0000123)).toBe('1.23·10⁻⁵');
    expect(formatSignificant(0)).toBe('0');
  });
  it('says p as a paper does', () => {
    expect(formatP(0.0004)).toBe('p < 0.001');
    expect(formatP(0.0123)).toBe('p = 0.012');
    expect(formatP(0.41)).toBe('p = 0.41');
  });
  it('rounds durations to whole seconds', () => {
    expect(formatDuration(7.6)).toBe('8 s');
    expect(formatDuration(200)).toBe('3 min 20 s');
    expect(formatDuration(3900)).toBe('1 h 5 min');
  });
  it('writes sizes with their unit', () => {
    expect(formatBytes(512)).toBe('512 B');
    expect(formatBytes(3 * 1024 * 1024)).toBe('3.0 MiB');
    expect(formatParameters(494_032_768)).toBe('494 M');
    expect(formatParameters(1_540_000)).toBe('1.5 M');
    expect(plural(1, 'trajectory', 'trajectories')).toBe('1 trajectory');
    expect(plural(2, 'trajectory', 'trajectories')).toBe('2 trajectories');
  });
});
