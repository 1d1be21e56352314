import { describe, expect, it } from 'vitest';
import { DEFAULT_LEAS_SETTINGS } from './analyse.ts';
import { readCounts } from './counts.ts';
import { analyseExperiment, experimentOfCounts } from './experiment.ts';
import { buildLeasRecord, countsOfRecord, parseLeasRecord, parseLeasRecordText } from './record.ts';

const TEXT = 'question,model,k,n\na,base,5,50\na,m_tool,9,50\na,theirs,8,50\na,m_uni,20,50\nb,base,1,50\nc,what,1,50\n';
const MAPPING = new Map([['theirs', 'm_reas']] as const);
const SETTINGS = { ...DEFAULT_LEAS_SETTINGS, draws: 100, splits: 20, repeats: 20 };

async function build() {
  const { seeds, problems, notes, unknownModels, rows, format } = readCounts(TEXT, MAPPING);
  const single = experimentOfCounts('A', seeds);
  const counts = {
    sets: [...single.sets, { label: 'B', seeds }],
    compared: [{ set: 'A', seed: '1', writer: 'dart', retrieval: 'search', question: 'a', n: 8, k: 3, f1: 3.5, hits: 5 } as const],
  };
  return buildLeasRecord({
    app: { version: '1', commit: 'c' },
    createdAt: new Date(0),
    config: { settings: SETTINGS, mapping: MAPPING, run: null },
    file: new TextEncoder().encode(TEXT),
    hashes: { weights: null, adapters: [] },
    source: { name: 'x.csv', format, rows, problems: [...problems], notes: [...notes], unknownModels: [...unknownModels] },
    backbone: null,
    device: null,
    browser: 'none',
    timings: { seconds: 0 },
    sets: [{ name: null, questions: [] }, { name: null, questions: [] }],
    counts,
    analysis: analyseExperiment(counts, SETTINGS),
    timeline: [[10, 0, -1, 0, 0, 5, 50]],
    rollouts: [{ set: 0, seed: null, writer: 'base', retrieval: 'search', question: 0, sample: 0, reward: 1, f1: 1, hit: true, wellFormed: true, searches: 1, answer: 'x', spans: [{ role: 1, kind: 'think', text: 'so' }] }],
  });
}

describe('the record', () => {
  it('holds everything, and opens again', async () => {
    const record = await build();
    expect(parseLeasRecordText(JSON.stringify(record))).toEqual(record);
    expect(record).toMatchObject({ kind: 'leas', config: { mapping: { theirs: 'm_reas' }, settings: { scale: 'logit' }, run: null }, source: { rows: 5, problems: [{ line: 7 }], unknownModels: [{ name: 'what', rows: 1 }] } });
    expect(record.hashes.counts).toMatch(/^[0-9a-f]{64}$/);
    expect(record.sets.map(({ label }) => label)).toEqual(['A', 'B']);
    expect(record.sets[0].seeds[0].questions).toHaveLength(2);
    expect(record.comparison?.rows).toMatchObject([{ writer: 'dart', questions: 1, scores: { exactMatch: { estimate: 0.375, low: null } } }]);
    expect(record.published.shares).toHaveLength(4);
  });

  it('gives the counts back, from which the same figures follow', async () => {
    const record = await build();
    const again = analyseExperiment(countsOfRecord(record), record.config.settings);
    expect(again.sets[0].finding).toBe(record.sets[0].analysis.finding);
    expect(again.sets[1].runs[0].effects.tool_x_reasoning.negative).toEqual(record.sets[1].analysis.runs[0].effects.tool_x_reasoning.negative);
  });

  it('is refused with a place and a reason', async () => {
    const record = await build();
    expect(() => parseLeasRecord({})).toThrow(/not a Seesaw run record/);
    expect(() => parseLeasRecord({ ...record, version: 9 })).toThrow(/newer Seesaw/);
    const [first, second] = record.sets;
    expect(() => parseLeasRecord({ ...record, sets: [first, { ...second, analysis: { ...second.analysis, seeds: { ...second.analysis.seeds, regime: 'odd' } } }] })).toThrow(/malformed at sets\.1\.analysis\.seeds\.regime/);
    expect(() => parseLeasRecordText('{"format": "seesaw')).toThrow(/cut off/);
  });
});
