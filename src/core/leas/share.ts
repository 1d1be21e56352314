import { Z95 } from './coefficients.ts';

/** So many of so many, with the 95 % interval of the share. */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** Null of none. */
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval (1927). Each question is one draw, so a share over questions is binomial; unlike a bootstrap it
 * does not collapse to a point when the share is 0 or 1. The interval of nothing is [0, 1].
 */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, share: null, low: 0, high: 1 };
  const share = count / of;
  const square = Z95 * Z95;
  const centre = (share + square / (2 * of)) / (1 + square / of);
  const half = (Z95 / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of));
  return { count, of, share, low: count === 0 ? 0 : Math.max(0, centre - half), high: count === of ? 1 : Math.min(1, centre + half) };
}
