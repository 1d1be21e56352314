import { describe, expect, it } from 'vitest';
import { headlessSeesawResult } from '../../src/features/headless-seesaw.ts';
import { armOf, evaluationWith, viewOf } from '../../src/features/seesaw/testing/runs.ts';
import { IDLE_SEESAW } from '../../src/state/seesaw/run-store.ts';
import { DEFAULT_SEESAW_SETTINGS } from '../../src/state/seesaw/settings-store.ts';
import type { SeesawState } from '../../src/state/seesaw/types.ts';
import { seesawReport } from './seesaw-report.ts';

const STATE: SeesawState = {
  ...IDLE_SEESAW,
  status: 'finished',
  config: { ...DEFAULT_SEESAW_SETTINGS, backbone: 'seesaw-tiny', arms: [armOf('joint'), armOf('dart')] },
  ready: {
    type: 'ready',
    at: 1,
    backbone: { name: 'seesaw-tiny', parameters: 1, quantisation: 'q4', sha256: '' },
    provider: { provider: 'wasm', measured: [], reason: 'Decoding on WebAssembly.' },
    retriever: 'BM25',
    trainQuestions: 8,
    evaluationQuestions: 64,
    parameters: [16, 16],
    dataSha256: '',
    problems: [],
    notes: [],
  },
  seconds: 90,
};

const run = (arm: string, exactMatch: number) =>
  viewOf(arm, 1, { points: [0, 40].map((step) => ({ step, evaluation: evaluationWith({ exactMatch: { value: step === 0 ? 0.35 : exactMatch, error: 0.03 } }) })) });

describe('the report of training', () => {
  it('begins with what the page says, in spaces that a terminal has', () => {
    const report = seesawReport(headlessSeesawResult(STATE, [run('joint', 0.52), run('dart', 0.5)]));
    expect(report).toMatch(/^After 40 steps Joint answers 52 % ± 3 \(from 35 %\) and DART 50 % ± 3; DART less Joint is −2 points \[−10, 6\], which these questions cannot tell from none\. /);
    expect(report).not.toContain('\u00a0');
    expect(report).toMatch(/^Joint +1 +35\.0/m);
    expect(report).toContain('Decoding on WebAssembly.');
  });

  it('says nothing of runs without an evaluation', () => {
    expect(seesawReport(headlessSeesawResult(STATE, [viewOf('joint', 1, { points: [] })]))).toMatch(/^arm +seeds/);
  });
});
