import { describe, expect, it } from 'vitest';
import { questionEffects } from '../../core/leas/coefficients.ts';
import type { Counts } from '../../core/leas/coefficients.ts';
import { sortCounts } from './counts-table.tsx';
import { chosenIds, filterRows, mapRow, questionRows, sortRows } from './map-rows.ts';
import { NO_FILTER } from './page-store.ts';
import { rolloutsOf } from './work.ts';
import { DEFAULT_LEAS, DEFAULT_TRAINED } from '../../state/leas/settings-store.ts';

const CHOICE = { scale: 'logit', epsilon: null } as const;
const counts = (base: number, reas: number, tool: number, uni: number): Counts => ({ base: { k: base, n: 16 }, m_reas: { k: reas, n: 16 }, m_tool: { k: tool, n: 16 }, m_uni: { k: uni, n: 16 } });
const effects = [
  questionEffects({ question: 'a', counts: counts(2, 6, 6, 3), attributes: { hops: '1' } }, CHOICE),
  questionEffects({ question: 'b', counts: counts(5, 2, 2, 15), attributes: { hops: '2' } }, CHOICE),
  questionEffects({ question: 'c', counts: counts(0, 0, 0, 0), attributes: {} }, CHOICE),
];
const rows = questionRows(effects, new Map([['d', { question: 'Not yet?', hops: 3 }], ['a', { question: 'First?', hops: null }]]));
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

describe('rows of the map', () => {
  it('stand in the order of the questions, also before they are counted, then the others', () => {
    expect(ids(rows)).toEqual(['d', 'a', 'b', 'c']);
    expect(mapRow(rows[0])).toMatchObject({ text: 'Not yet?', note: '3 hops', cells: [null, null, null, null, null, null] });
    expect(mapRow(rows[3])).toMatchObject({ note: 'never answered' });
    expect(mapRow(rows[3]).cells[0]).toMatchObject({ value: 0, saturated: true });
    expect(mapRow(rows[1]).cells[0]).toMatchObject({ saturated: false });
  });
  it('are sorted with what is unknown last, whichever way', () => {
    expect(ids(sortRows(rows, { key: 'tool_x_reasoning', ascending: true }))).toEqual(['a', 'c', 'b', 'd']);
    expect(ids(sortRows(rows, { key: 'tool_x_reasoning', ascending: false }))).toEqual(['b', 'c', 'a', 'd']);
    expect(ids(sortRows(rows, { key: 'hops', ascending: false }))).toEqual(['d', 'b', 'a', 'c']);
    expect(ids(sortRows(rows, { key: 'order', ascending: false }))).toEqual(['c', 'b', 'a', 'd']);
  });
  it('are filtered by sign, interval, hops, accuracy and models', () => {
    expect(ids(filterRows(rows, { ...NO_FILTER, sign: 'negative' }))).toEqual(['a']);
    expect(ids(filterRows(rows, { ...NO_FILTER, sign: 'tie' }))).toEqual(['c']);
    expect(ids(filterRows(rows, { ...NO_FILTER, clear: true }))).toEqual(['b']);
    expect(ids(filterRows(rows, { ...NO_FILTER, hops: '2' }))).toEqual(['b']);
    expect(ids(filterRows(rows, { ...NO_FILTER, accuracy: 'never' }))).toEqual(['c']);
    expect(ids(filterRows(rows, { ...NO_FILTER, by: 'm_uni' }))).toEqual(['a', 'b']);
    expect(ids(filterRows(rows, { ...NO_FILTER, notBy: 'm_uni' }))).toEqual(['c']);
    expect(ids(filterRows(rows, { ...NO_FILTER, text: 'first' }))).toEqual(['a']);
  });
  it('are chosen by a range of the histogram, those that it counts alone', () => {
    expect(chosenIds(rows, null)).toBeNull();
    expect([...(chosenIds(rows, [-Infinity, 0]) ?? [])]).toEqual(['a']);
    expect([...(chosenIds(rows, [0, Infinity]) ?? [])]).toEqual(['b']);
  });
});

describe('the table of right answers', () => {
  it('is sorted by the share of one model', () => {
    expect(ids(sortCounts(rows, 'm_uni', true))).toEqual(['b', 'a', 'c', 'd']);
    expect(ids(sortCounts(rows, 'm_uni', false))).toEqual(['c', 'a', 'b', 'd']);
  });
});

describe('rollouts of the settings', () => {
  it('ask Base once and every other model once a training seed', () => {
    const settings = { ...DEFAULT_LEAS, models: { ...DEFAULT_TRAINED, seeds: [1, 2] }, sets: [{ label: 'A', questions: { kind: 'bundled' as const, name: 'x' }, maxQuestions: 10 }], samples: 16, comparisonSamples: 0 };
    expect(rolloutsOf(settings, () => 100)).toBe(10 * 16 * (1 + 6 * 2));
    // Four writers beside the hybrids, and with gold passages Base once and four writers.
    expect(rolloutsOf({ ...settings, comparisonSamples: 8 }, () => 100)).toBe(10 * (16 * 13 + 8 * (4 * 2 + 1 + 4 * 2)));
  });
});
