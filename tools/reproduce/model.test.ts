import { expect, it } from 'vitest';
import type { HeadlessModelResult } from '../../src/features/headless-model.ts';
import { modelReport } from './model.ts';

const MIB = 2 ** 20;
const RESULT: HeadlessModelResult = {
  finding: 'model agrees with onnxruntime.',
  verdicts: [{ name: 'Memory', outcome: 'passed', finding: 'As predicted.' }],
  passed: true,
  table: [['phase', 'time (s)', 'result'], ['Forward', '8.03', 'log π'], ['Backward', '34.02', 'gradients']],
  phases: ['forward', 'backward'],
  differences: [['entry', 'gradient'], ['layer 0', '1.0']],
  backbone: 'model: onnx/model_q4.onnx',
  device: 'SwiftShader (software)',
  predictedBytes: 1000 * MIB,
  measuredBytes: 990 * MIB,
  longestSubmitMs: 90,
  seconds: 200,
  failure: null,
};
const MEMORY = { before: { renderer: 100 * MIB, gpu: 50 * MIB }, peak: { renderer: 900 * MIB, gpu: 1150 * MIB }, last: { renderer: 400 * MIB, gpu: 60 * MIB }, most: (phase: string) => (phase === 'backward' ? null : { renderer: 800 * MIB, gpu: 1100 * MIB }) };

it('sets the processes beside the phases, and says what was not looked at', () => {
  const lines = modelReport(RESULT, MEMORY).split('\n');
  expect(lines).toContain('phase     time (s)  renderer  GPU process  result');
  expect(lines).toContain('Forward       8.03   800 MiB     1100 MiB  log π');
  expect(lines).toContain('Backward     34.02         –            –  gradients');
  expect(lines).toContain('Memory: passed. As predicted.');
  expect(lines.find((line) => line.startsWith('Processes'))).toBe('Processes (resident): renderer 100 MiB before, 900 MiB at most; graphics process 50 MiB before, 1150 MiB at most, 60 MiB after the engine was freed, so the engine held 1040 MiB of it (predicted: 1000 MiB, 4.0 %).');
  expect(lines.at(-1)).toBe('model agrees with onnxruntime. (3 min 20 s)');
});

it('says why a check could not be finished, and shows what was found before', () => {
  const text = modelReport({ ...RESULT, passed: false, seconds: null, longestSubmitMs: null, differences: [], failure: 'The graphics device was lost. Again.' }, MEMORY);
  expect(text).toMatch(/Forward {7}8\.03/);
  expect(text).toMatch(/Not finished: The graphics device was lost\. Again\.$/);
});
