import type { DecoderConfig } from '../backbone/types.ts';
import { attentionKernels } from '../gpu/kernels/attention.ts';
import { loraGateKernel, swigluBackwardKernel, swigluKernel } from '../gpu/kernels/elementwise.ts';
import { embedGatherKernel, gatherRowsKernel, spreadRowsKernel } from '../gpu/kernels/embedding.ts';
import { gramKernel, segmentOuterKernel, sumChunksKernel } from '../gpu/kernels/gradients.ts';
import { headKernels } from '../gpu/kernels/head.ts';
import { backwardPlan, forwardPlan, type GpuMatrix, type MatmulArguments, type MatmulPlan } from '../gpu/kernels/matmul.ts';
import { rmsnormBackwardKernel, rmsnormKernel } from '../gpu/kernels/norm.ts';
import { adamwKernel, gradientProductsKernel } from '../gpu/kernels/optimiser.ts';
import type { Layouts } from '../gpu/kernels/tiles.ts';
import type { Variant } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import { rowSlices } from './row-slices.ts';

/** Every kernel a decoder of this shape needs, each specialised once. */
export function decoderKernels(config: DecoderConfig, layouts: Layouts) {
  const plans = new Map<string, MatmulPlan>();
  const plan = (direction: 'forward' | 'backward', weight: GpuMatrix): MatmulPlan => {
    const key = [direction, weight.kind, weight.out, weight.in, weight.kind === 'q4' ? `${weight.block} ${weight.zeros !== null}` : `${weight.half} ${weight.transposed}`].join(' ');
    let known = plans.get(key);
    if (!known) {
      known = direction === 'forward' ? forwardPlan(weight, layouts.matmul) : backwardPlan(weight, layouts.matmul);
      plans.set(key, known);
    }
    return known;
  };
  const single = {
    embed: embedGatherKernel(false),
    embedHalf: embedGatherKernel(true),
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
    /** What must be compiled before weights of these shapes can be used, in both directions. */
    variants(weights: readonly GpuMatrix[]): Variant[] {
      const matmuls = weights.flatMap((weight) => [plan('forward', weight).kernel, plan('backward', weight).kernel]);
      const all: Variant[] = [...matmuls, ...Object.values(single).map(({ kernel }) => kernel as Variant), ...(attention.kernels as Variant[]), ...(head.kernels as Variant[])];
      return [...new Map(all.map((one) => [one.key, one])).values()];
    },
  };
}

export type DecoderKernels = ReturnType<typeof decoderKernels>;
