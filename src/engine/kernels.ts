import type { DecoderConfig } from '../backbone/types.ts';
import { attentionKernels } from '../gpu/kernels/attention.ts';
import { loraGateKernel, swigluBackwardKernel, swigluKernel } from '../gpu/kernels/elementwise.ts';
import { embedGatherKernel, gatherRowsKernel, spreadRowsKernel, type EmbeddingShard, type EmbedGather } from '../gpu/kernels/embedding.ts';
import { gramKernel, segmentOuterKernel, sumChunksKernel } from '../gpu/kernels/gradients.ts';
import { headKernels } from '../gpu/kernels/head.ts';
import { backwardPlan, forwardPlan, type GpuMatrix, type MatmulArguments, type MatmulPlan } from '../gpu/kernels/matmul.ts';
import { rmsnormBackwardKernel, rmsnormKernel } from '../gpu/kernels/norm.ts';
import { adamwKernel, gradientProductsKernel } from '../gpu/kernels/optimiser.ts';
import type { Layouts } from '../gpu/kernels/tiles.ts';
import type { Variant } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { rowSlices } from './row-slices.ts';

/** What a matrix's kernels depend on besides its shape. */
function storageKey(weight: GpuMatrix): string {
  return weight.kind === 'float' ? `${weight.half} ${weight.transposed}` : `${weight.kind} ${weight.block} ${weight.zeros !== null}`;
}

/** Every kernel a decoder of this shape needs, each specialised once. */
export function decoderKernels(config: DecoderConfig, layouts: Layouts) {
  const plans = new Map<string, MatmulPlan>();
  const plan = (direction: 'forward' | 'backward', weight: GpuMatrix): MatmulPlan => {
    const key = [direction, weight.out, weight.in, storageKey(weight)].join(' ');
    let known = plans.get(key);
    if (!known) {
      known = direction === 'forward' ? forwardPlan(weight, layouts.matmul) : backwardPlan(weight, layouts.matmul);
      plans.set(key, known);
    }
    return known;
  };
  const gathers = new Map<string, EmbedGather>();
  const gatherFrom = (table: GpuMatrix): EmbedGather => {
    const known = gathers.get(storageKey(table)) ?? embedGatherKernel(table);
    gathers.set(storageKey(table), known);
    return known;
  };
  const single = {
    gather: gatherRowsKernel(),
    spread: spreadRowsKernel(),
    norm: rmsnormKernel(layouts.rows),
    normBackward: rmsnormBackwardKernel(layouts.rows),
    swiglu: swigluKernel(),
    swigluBackward: swigluBackwardKernel(),
    gate: loraGateKernel(),
    outer: segmentOuterKernel(layouts.outer, true),
    gram: gramKernel(layouts.gram),
    sum: sumChunksKernel(),
    adamw: adamwKernel(),
    products: gradientProductsKernel(),
  };
  const attention = attentionKernels(config);
  const head = headKernels(layouts.rows);
  return {
    ...single,
    attention,
    head,
    /** x [count, hidden] ← the rows of the embedding of those tokens that stand in this shard. */
    embed(recorder: Recorder, bind: Parameters<EmbedGather['record']>[1], shard: EmbeddingShard, count: number): void {
      gatherFrom(shard.matrix).record(recorder, bind, shard, count);
    },
    /** y = α · x · Wᵀ + bias, rows beyond the recorder's limit in dispatches of their own. */
    forward(recorder: Recorder, args: MatmulArguments): void {
      const { weight, stride = weight.out } = args;
      const { record } = plan('forward', weight);
      for (const slice of rowSlices(args, weight.in, stride, recorder.dispatchLimit)) record(recorder, slice);
    },
    /** y = α · x · W, in the same way. */
    backward(recorder: Recorder, args: MatmulArguments): void {
      const { weight, stride = weight.out } = args;
      const { record } = plan('backward', weight);
      for (const slice of rowSlices(args, stride, weight.in, recorder.dispatchLimit)) record(recorder, slice);
    },
    /** What must be compiled before weights of these shapes can be used, in both directions, and tokens embedded by a table. */
    variants(weights: readonly GpuMatrix[], embedding?: GpuMatrix): Variant[] {
      const matmuls = weights.flatMap((weight) => [plan('forward', weight).kernel, plan('backward', weight).kernel]);
      const all: Variant[] = [...matmuls, ...(embedding ? [gatherFrom(embedding).kernel] : []), ...Object.values(single).map(({ kernel }) => kernel as Variant), ...(attention.kernels as Variant[]), ...(head.kernels as Variant[])];
      return [...new Map(all.map((one) => [one.key, one])).values()];
    },
  };
}

export type DecoderKernels = ReturnType<typeof decoderKernels>;
