import type { DecoderConfig } from '../backbone/types.ts';
import type { BufferArena, BufferView, GpuMemory } from '../gpu/buffers.ts';
import type { ContextSums } from '../gpu/kernels/attention.ts';
import type { Recorder } from '../gpu/recorder.ts';
import type { Budgets } from './budgets.ts';
import type { GpuAdapters } from './gpu-adapters.ts';
import type { DecoderKernels } from './kernels.ts';
import type { GpuWeights } from './weights.ts';

/** What every part of a decoder works with. */
export interface EngineContext {
  readonly config: DecoderConfig;
  readonly memory: GpuMemory;
  readonly arena: BufferArena;
  readonly recorder: Recorder;
  readonly kernels: DecoderKernels;
  readonly weights: GpuWeights;
  readonly adapters: GpuAdapters | null;
  /** cos, sin per position [positions, headDim]. */
  readonly ropeTable: BufferView;
  readonly budgets: Budgets;
}

/** A packed batch on the GPU. */
export interface GpuBatch {
  readonly count: number;
  readonly tokens: BufferView;
  readonly adapters: BufferView;
  readonly rowInfo: BufferView;
  /** Keys that each token sees. */
  readonly keys: ContextSums;
}

/** The rows of a backward pass on the GPU (packing.ts says what they are). */
export interface GpuRows {
  readonly rows: number;
  readonly rowInfo: BufferView;
  /** Keys that each row sees, and rows that see each row's key. */
  readonly keys: ContextSums;
  readonly queries: ContextSums;
}
