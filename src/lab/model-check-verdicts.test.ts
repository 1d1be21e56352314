import { expect, it } from 'vitest';
import { backwardVerdict, differencesVerdict, memoryVerdict, parityVerdict } from './model-check-verdicts.ts';

const MIB = 2 ** 20;

it('judges memory within 15 %, either way', () => {
  expect(memoryVerdict(1149 * MIB, 1000 * MIB)).toMatchObject({ outcome: 'passed', finding: 'At most 1149 MiB on the graphics device, 15 % above the predicted 1000 MiB.' });
  expect(memoryVerdict(1151 * MIB, 1000 * MIB).outcome).toBe('failed');
  expect(memoryVerdict(849 * MIB, 1000 * MIB)).toMatchObject({ outcome: 'failed', finding: 'At most 849 MiB on the graphics device, 15 % below the predicted 1000 MiB (15 % are allowed).' });
  expect(memoryVerdict(5 * MIB, 5 * MIB).finding).toBe('At most 5.0 MiB on the graphics device, as predicted.');
});

it('writes small differences as powers of ten', () => {
  const parity = { provider: { provider: 'wasm', measured: [], reason: '' }, tokens: 31, maxDifference: 5.04e-6, meanDifference: 0.0123, tolerance: 1e-3, basis: 'Both compute in float32.' } as const;
  expect(parityVerdict(parity)).toEqual({ kind: 'onnxruntime', outcome: 'passed', finding: 'The engine is at most 5.0·10⁻⁶ nats a token from onnxruntime, 0.012 in the mean of 31 (allowed: 0.001). Both compute in float32.' });
  expect(parityVerdict({ ...parity, maxDifference: 1.1e-3 }).outcome).toBe('failed');
  expect(parityVerdict({ ...parity, maxDifference: 0.2, tolerance: null }).outcome).toBe('told');
});

it('asks for gradients that are numbers and for the losses of the forward pass', () => {
  const some = Float32Array.of(0, 1);
  expect(backwardVerdict([10], [10.00005], [some]).outcome).toBe('passed');
  expect(backwardVerdict([10], [10.01], [some]).outcome).toBe('failed');
  expect(backwardVerdict([Number.NaN], [10], [some]).outcome).toBe('failed');
  expect(backwardVerdict([1, 1], [1, 1], [some, new Float32Array(2)])).toMatchObject({ outcome: 'failed', finding: 'The gradient of loss 1 is 0 everywhere.' });
  expect(backwardVerdict([1], [1], [Float32Array.of(1, Infinity)]).outcome).toBe('failed');
});

it('counts entries without a gradient as wrong', () => {
  const check = { layer: 0, target: 'q_proj', part: 'A', adapter: 0, loss: 0, gradient: 1, difference: 1, steps: [], error: 0.001, passed: true } as const;
  expect(differencesVerdict([check, check, check], 0)).toMatchObject({ outcome: 'passed', finding: 'Central differences agree with the gradient at all 3 entries, within 2 % (largest: 0.1 %).' });
  expect(differencesVerdict([check, { ...check, error: Infinity, passed: false }], 0)).toMatchObject({ outcome: 'failed', finding: 'Central differences contradict the gradient at 1 of 2 entries; they must agree within 2 % (largest: not a number).' });
  expect(differencesVerdict([check, check], 1)).toMatchObject({ outcome: 'failed', finding: '1 of 3 places have no gradient to compare.' });
});
