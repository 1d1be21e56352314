import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyseExperiment } from '../../core/leas/experiment.ts';
import { MODELS } from '../../core/leas/models.ts';
import { countsOfRecord, parseLeasRecordText } from '../../core/leas/record.ts';

const record = parseLeasRecordText(readFileSync(new URL('../../../public/recordings/leas-bundled.json', import.meta.url), 'utf8'));

describe('the LEAS run that comes with the page', () => {
  it('has at least 60 questions × 7 models × 16 samples of every set and training seed', () => {
    expect(record.sets.map(({ label }) => label)).toEqual(['A', 'B']);
    for (const { seeds } of record.sets) {
      expect(seeds.length).toBeGreaterThan(0);
      for (const { questions } of seeds) {
        expect(questions.length).toBeGreaterThanOrEqual(60);
        for (const { counts } of questions) for (const model of MODELS) expect(counts[model]?.n).toBeGreaterThanOrEqual(16);
      }
    }
  });

  it('holds what follows from its counts', () => {
    const again = analyseExperiment(countsOfRecord(record), record.config.settings);
    record.sets.forEach(({ analysis }, index) => {
      expect(analysis.finding).toBe(again.sets[index].finding);
      analysis.runs.forEach((run, at) => expect(run.effects).toEqual(again.sets[index].runs[at].effects));
    });
    expect(record.comparison).toEqual(again.comparison);
  });

  it('counts no more than it tells in time, and keeps rollouts to read', () => {
    const told = record.timeline.reduce((sum, [, , , , , , n]) => sum + n, 0);
    const base = record.sets.reduce((sum, { seeds }) => sum + seeds[0].questions.reduce((total, { counts }) => total + (counts.base?.n ?? 0), 0), 0);
    const trained = record.sets.reduce((sum, { seeds }) => sum + seeds.flatMap(({ questions }) => questions).reduce((total, { counts }) => total + MODELS.reduce((n, model) => n + (model === 'base' ? 0 : (counts[model]?.n ?? 0)), 0), 0), 0);
    expect(told).toBe(base + trained);
    expect(record.rollouts.length).toBeGreaterThan(record.sets.length * 60 * MODELS.length);
  });
});
