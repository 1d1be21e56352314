import type { DecoderConfig, LoraAdapter } from '../../backbone/types.ts';
import { Random } from '../../core/random.ts';
import { initialAdapters, moduleName, sliceAdapter, type AdapterLayout, type AdapterSpec } from '../../backbone/adapters.ts';

export interface Adapters {
  readonly layout: AdapterLayout;
  readonly values: Float32Array<ArrayBuffer>;
}

/** Adapters as after training: B is not 0. Padding columns stay 0, as stackAdapters leaves them. */
export function trainedAdapters(config: DecoderConfig, spec: AdapterSpec, seed: number, scale = 0.3): Adapters {
  const root = new Random(seed);
  const { layout, values } = initialAdapters(config, spec, (adapter) => {
    const random = root.stream(adapter);
    return () => random.normal();
  });
  const random = root.stream('B');
  for (const { b, out } of layout.slots) {
    for (let row = 0; row < out; row += 1) for (let j = 0; j < spec.count * spec.rank; j += 1) values[b + row * layout.width + j] = scale * random.normal();
  }
  return { layout, values };
}

/** The adapters of a flat vector one by one, as PEFT has them and the f64 reference takes them. */
export function unstacked({ layout }: Adapters, values: Float32Array): LoraAdapter[] {
  const { count, rank, alpha } = layout.spec;
  return Array.from({ length: count }, (_, adapter) => ({
    rank,
    alpha,
    modules: new Map(layout.slots.map((slot) => [moduleName(slot.layer, slot.target), { ...sliceAdapter(layout, slot, values, adapter), inFeatures: slot.in, outFeatures: slot.out }])),
  }));
}

/** The indices of the flat vector that belong to A or to B of one adapter, in all modules; padding is nobody's. */
export function indicesOf({ spec, width, slots }: AdapterLayout, adapter: number, part: 'a' | 'b'): number[] {
  const { rank } = spec;
  return slots.flatMap((slot) => {
    if (part === 'a') return Array.from({ length: rank * slot.in }, (_, i) => slot.a + adapter * rank * slot.in + i);
    return Array.from({ length: slot.out * rank }, (_, i) => slot.b + Math.floor(i / rank) * width + adapter * rank + (i % rank));
  });
}
