import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { direction, errorOfMean, estimate, twoWayParts } from './estimate.ts';
import { clusterStandardError } from './cluster-error.ts';

describe('estimate', () => {
  it('adds squares, and widens each part by its own t', () => {
    const found = estimate(1, [{ error: 0.3, freedom: Infinity }, { error: 0.4, freedom: 2 }]);
    expect(found.error).toBeCloseTo(0.5, 12);
    expect(found.interval!.high - 1).toBeCloseTo(Math.hypot(0.3 * 1.959964, 0.4 * 4.302653), 5);
    expect(1 - found.interval!.low).toBeCloseTo(found.interval!.high - 1, 12);
    expect(estimate(1, [])).toEqual({ value: 1, error: null, interval: null });
  });

  it('says a direction only where the interval excludes 0', () => {
    expect(direction(estimate(0.1, [{ error: 0.04, freedom: Infinity }]))).toBe(1);
    expect(direction(estimate(-0.1, [{ error: 0.04, freedom: Infinity }]))).toBe(-1);
    // The same error from three seeds says less.
    expect(direction(estimate(0.1, [{ error: 0.04, freedom: 2 }]))).toBe(0);
    expect(direction(estimate(0.1, []))).toBe(0);
  });
});

describe('the table of questions and seeds', () => {
  it('of one seed has the questions’ ordinary standard error, of one question none', () => {
    const column = [0, 1, 1, 0.5, 0];
    const [only, ...rest] = twoWayParts([column]);
    expect(rest).toEqual([]);
    expect(only.error).toBeCloseTo(clusterStandardError(column, column.map((_, index) => String(index)))!, 12);
    expect(only.freedom).toBe(4);
    expect(twoWayParts([[1]])).toEqual([]);
  });

  it('is the same for questions and seeds exchanged', () => {
    const columns = [[0.1, 0.7, 0.4], [0.3, 0.2, 0.9]];
    const turned = columns[0].map((_, row) => columns.map((column) => column[row]));
    expect(twoWayParts(turned)).toEqual([...twoWayParts(columns)].reverse());
  });

  it('gets nothing from seeds that all say the same', () => {
    const column = [0, 1, 1, 0.5];
    const [questions, seeds] = twoWayParts([column, column, column]);
    expect(questions.error).toBeCloseTo(errorOfMean(column)!.error, 12);
    expect(seeds).toEqual({ error: 0, freedom: 2 });
  });
});

/** Share of intervals that hold the truth: tables y = a_q + b_s + e_qs of mean 0. */
function coverage(seeds: number, spread: { readonly questions: number; readonly seeds: number; readonly cells: number }, tables: number, random: Random): number {
  let held = 0;
  for (let table = 0; table < tables; table += 1) {
    const questions = Array.from({ length: 24 }, () => spread.questions * random.normal());
    // Of one seed nothing can be said but how this seed would do on other questions.
    const columns = Array.from({ length: seeds }, () => (seeds > 1 ? spread.seeds : 0) * random.normal()).map((seed) => questions.map((question) => question + seed + spread.cells * random.normal()));
    const mean = columns.flat().reduce((a, b) => a + b, 0) / (seeds * questions.length);
    const { interval } = estimate(mean, twoWayParts(columns));
    held += Number(interval !== null && interval.low <= 0 && interval.high >= 0);
  }
  return held / tables;
}

describe('the interval covers the truth', () => {
  // Standard deviations in shares, from seeds that do nothing to seeds that are everything.
  const spreads = [0, 0.02, 0.06, 0.15, 0.5].flatMap((seeds) => [{ questions: 0.35, seeds, cells: 0.3 }, { questions: 0.05, seeds, cells: 0.35 }]);
  it.each([1, 2, 3, 5])('in at least 95 of 100 simulated tables of %i seeds', (seeds) => {
    const tables = 1000;
    const random = new Random(20_261_122 + seeds);
    const found = spreads.map((spread) => coverage(seeds, spread, tables, random));
    // Three standard errors of a simulated share of 0.95.
    const slack = 3 * Math.sqrt((0.95 * 0.05) / tables);
    expect(Math.min(...found)).toBeGreaterThan(0.95 - slack);
    // Where seeds are everything it is Student's t itself, so it is not too wide either.
    expect(found.at(seeds === 1 ? 0 : -2)!).toBeLessThan(0.95 + 3 * slack);
  });
});
