import gradientCode from '../../../shaders/head-gradient.wgsl?raw';
import statisticsCode from '../../../shaders/head-statistics.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { linearGrid, rowConstants, threads, type RowLayout } from './grid.ts';

export const headStatistics = defineKernel({
  name: 'head-statistics',
  code: statisticsCode,
  entryPoint: 'main',
  bindings: { logits: 'read', targets: 'read', stats: 'read_write' },
  params: { rows: 'u32', first: 'u32', count: 'u32', stride: 'u32', initial: 'u32' },
});

export const headGradient = defineKernel({
  name: 'head-gradient',
  code: gradientCode,
  entryPoint: 'main',
  bindings: { targets: 'read', stats: 'read', logits: 'read_write' },
  params: { rows: 'u32', first: 'u32', count: 'u32', stride: 'u32' },
});

/**
 * log π of each row's target from `stats` [rows] vec4 as head-statistics.wgsl leaves them, nats, in f64:
 * −log(1 + Σ_others exp(logit − target logit)).
 */
export function targetLogProbabilities(stats: Float32Array): Float64Array {
  return Float64Array.from({ length: stats.length / 4 }, (_, row) => {
    const [top, others, goal] = stats.subarray(row * 4, row * 4 + 3);
    // Beyond e³⁰⁰ the 1 is nothing, and the exponential would overflow at e⁷⁰⁹.
    return top - goal > 300 ? goal - top - Math.log(others) : -Math.log1p(others * Math.exp(top - goal));
  });
}

/** One block of the vocabulary, as it stands in a logits buffer of row length `stride`. */
export interface VocabularyBlock {
  readonly first: number;
  readonly count: number;
  readonly stride: number;
}

export function headKernels(layout: RowLayout) {
  const statistics = variant(headStatistics, rowConstants(layout));
  const gradient = variant(headGradient);
  return {
    kernels: [statistics, gradient],
    /** stats [rows] vec4: maximum and Σ exp of the other entries, target logit; `initial` for the first block. */
    statistics(recorder: Recorder, bind: { logits: BufferView; targets: BufferView; stats: BufferView }, rows: number, block: VocabularyBlock, initial: boolean): void {
      recorder.dispatch(statistics, { bind, params: { rows, ...block, initial: initial ? 1 : 0 }, workgroups: linearGrid(Math.ceil(rows / layout.rows)) });
    },
    /** logits become the gradient of −log π(target). */
    gradient(recorder: Recorder, bind: { targets: BufferView; stats: BufferView; logits: BufferView }, rows: number, block: VocabularyBlock): void {
      recorder.dispatch(gradient, { bind, params: { rows, ...block }, workgroups: threads(rows * block.stride) });
    },
  };
}
