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
    /** stats [rows] vec4: maximum, Σ exp, target logit; `initial` for the first block. */
    statistics(recorder: Recorder, bind: { logits: BufferView; targets: BufferView; stats: BufferView }, rows: number, block: VocabularyBlock, initial: boolean): void {
      recorder.dispatch(statistics, { bind, params: { rows, ...block, initial: initial ? 1 : 0 }, workgroups: linearGrid(Math.ceil(rows / layout.rows)) });
    },
    /** logits become the gradient of −log π(target). */
    gradient(recorder: Recorder, bind: { targets: BufferView; stats: BufferView; logits: BufferView }, rows: number, block: VocabularyBlock): void {
      recorder.dispatch(gradient, { bind, params: { rows, ...block }, workgroups: threads(rows * block.stride) });
    },
  };
}
