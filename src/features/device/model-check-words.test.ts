import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../lab/model-check-events.ts';
import { IDLE_CHECK } from '../../state/model-check/check-store.ts';
import type { ModelCheckState } from '../../state/model-check/types.ts';
import { checkFinding, checkProgress, checkText, differenceRow, phaseRow } from './model-check-words.ts';

const verdict = (kind: Verdict['kind'], outcome: Verdict['outcome'] = 'passed'): Verdict => ({ kind, outcome, finding: `${kind} found.` });
const DONE: ModelCheckState = {
  ...IDLE_CHECK,
  status: 'finished',
  config: { backbone: 'model', tokens: 32, seed: 1 },
  predicted: { layers: 0, embedding: 0, adapters: 0, gradients: 0, activations: 0, peak: 1000 },
  measures: [
    { phase: 'predict', milliseconds: 1, computing: 1, tokens: null, flops: null, gpuBytes: 0, peakBytes: 1000, result: 'r' },
    { phase: 'backward', milliseconds: 500, computing: 500, tokens: 32, flops: 1e9, gpuBytes: 900, peakBytes: 970, result: 'r' },
  ],
  parity: { provider: { provider: 'wasm', measured: [], reason: 'r' }, tokens: 31, maxDifference: 2.1e-6, meanDifference: 1e-6, tolerance: 1e-3, basis: 'b' },
  verdicts: [verdict('backward'), verdict('differences'), verdict('memory'), verdict('onnxruntime')],
  longestSubmitMs: 60.4,
  seconds: 3,
};

describe('the finding', () => {
  it('states what was found in one sentence', () => {
    expect(checkFinding(DONE, 'other')).toBe('model agrees with onnxruntime to 2.1·10⁻⁶ nats; gradients agree with finite differences; 3.0 % below the predicted memory.');
  });

  it('says what is wrong, what was not judged, and what is missing', () => {
    const wrong = { ...DONE, parity: { ...DONE.parity!, maxDifference: Infinity }, verdicts: [verdict('backward'), verdict('differences', 'failed'), verdict('onnxruntime', 'failed')] };
    expect(checkFinding(wrong, 'other')).toBe('model differs from onnxruntime by infinitely many nats; gradients are wrong.');
    expect(checkFinding({ ...DONE, verdicts: [verdict('onnxruntime', 'told')] }, 'other')).toMatch(/^model is within .* of onnxruntime, where activations may be rounded to 8 bits\.$/);
    expect(checkFinding({ ...DONE, parity: null, status: 'failed', verdicts: [verdict('backward')] }, 'other')).toBe('model has not been compared with onnxruntime. The check could not be finished.');
    expect(checkFinding({ ...DONE, parity: null, verdicts: [verdict('onnxruntime', 'failed')] }, 'other')).toBe('model could not be compared with onnxruntime.');
    expect(checkFinding({ ...IDLE_CHECK, status: 'failed', config: DONE.config }, 'other')).toBe('model was not checked. The check could not be finished.');
    expect(checkFinding(IDLE_CHECK, 'other')).toMatch(/^other has not been checked/);
    const exact = DONE.measures.map((measure) => ({ ...measure, peakBytes: 1000 }));
    expect(checkFinding({ ...DONE, measures: exact }, 'other')).toMatch(/; as much memory as predicted\.$/);
  });
});

it('writes phases with their speeds', () => {
  expect(phaseRow(DONE.measures[0])).toEqual(['Predict the memory', '0.00', '–', '–', '–', '1000 B', 'predicted for r']);
  expect(phaseRow(DONE.measures[1])).toEqual(['Backward, both roles', '0.50', '64.0', '2.00', '900 B', '970 B', 'r']);
});

it('writes an entry with its steps', () => {
  const row = differenceRow({ layer: 0, target: 'q_proj', part: 'A', adapter: 1, loss: 0, gradient: 2, difference: 2.002, error: 0.001, passed: true, steps: [{ step: 0.01, value: 2.01 }, { step: 0.005, value: 2.004 }] });
  expect(row).toEqual(['layer 0, q_proj, A of adapter 1, loss 0', '2.000', '2.002', '0.10 %', '0.010: 2.010; 0.0050: 2.004', 'agrees']);
});

it('tells how far it is', () => {
  const running: ModelCheckState = { ...IDLE_CHECK, status: 'running', phase: 'differences', detail: 'd', fraction: 0.417, secondsLeft: 80 };
  expect(checkProgress(running)).toEqual(['Finite differences', 'd', '41 %', '1 min 20 s left']);
  expect(checkProgress({ ...running, status: 'paused' })).toEqual(['Paused: Finite differences', 'd', '41 %']);
  expect(checkProgress({ ...IDLE_CHECK, status: 'running' })).toEqual(['Starting']);
});

it('is text too', () => {
  const text = checkText(DONE, 'other');
  expect(text).toMatch(/^model agrees.*\nBackward pass: passed\. backward found\./);
  expect(text).toMatch(/Longest submit: 60 ms\.\nThe check took 3 s\.$/);
});
