import { TARGETS, type Target } from '../core/gram/types.ts';
import { targetShape } from './config.ts';
import { BackboneError, type DecoderConfig, type LoraAdapter } from './types.ts';

/** k adapters of one rank as one stacked adapter: A [k·rank (padded), in], B [out, k·rank (padded)] a module. */
export interface AdapterSpec {
  readonly count: number;
  readonly rank: number;
  /** α; the low-rank term is multiplied by α / rank. */
  readonly alpha: number;
}

/** Where a module's stacked A and B stand in the flat parameter vector, in floats. */
export interface AdapterSlot {
  readonly layer: number;
  readonly target: Target;
  readonly in: number;
  readonly out: number;
  readonly a: number;
  readonly b: number;
}

export interface AdapterLayout {
  readonly spec: AdapterSpec;
  /** Columns of the stacked hidden vector: count · rank rounded up to 4. */
  readonly width: number;
  readonly slots: readonly AdapterSlot[];
  /** Floats of the flat vector. */
  readonly size: number;
}

/** Slices of the flat vector begin at multiples of this many floats: a binding's offset must be a multiple of 256 bytes. */
const ALIGN = 64;

export function moduleName(layer: number, target: Target): string {
  const part = target === 'gate_proj' || target === 'up_proj' || target === 'down_proj' ? 'mlp' : 'self_attn';
  return `layers.${layer}.${part}.${target}`;
}

export function adapterLayout(config: DecoderConfig, spec: AdapterSpec): AdapterLayout {
  const width = Math.ceil((spec.count * spec.rank) / 4) * 4;
  const slots: AdapterSlot[] = [];
  let at = 0;
  const take = (floats: number): number => {
    const start = at;
    at += Math.ceil(floats / ALIGN) * ALIGN;
    return start;
  };
  for (let layer = 0; layer < config.layers; layer += 1) {
    for (const target of TARGETS) {
      const { inFeatures: input, outFeatures: output } = targetShape(config, target);
      slots.push({ layer, target, in: input, out: output, a: take(width * input), b: take(output * width) });
    }
  }
  return { spec, width, slots, size: at };
}

/**
 * The flat vector of given adapters, in their order (adapter u fills rows u·rank … of A and those columns of B). One of a
 * lower rank but the same α / rank fills the first of its rows and columns; the others are 0, which changes nothing.
 * @throws BackboneError when scales differ, or a module is missing.
 */
export function stackAdapters(config: DecoderConfig, adapters: readonly LoraAdapter[]): { layout: AdapterLayout; values: Float32Array<ArrayBuffer> } {
  if (adapters.length === 0) throw new BackboneError('No adapter was given.');
  const { rank, alpha } = adapters.reduce((largest, adapter) => (adapter.rank > largest.rank ? adapter : largest));
  const other = adapters.find((adapter) => adapter.alpha / adapter.rank !== alpha / rank);
  if (other) throw new BackboneError(`The adapters differ in alpha / rank (${alpha} / ${rank} and ${other.alpha} / ${other.rank}); routing needs the same for all.`);
  const layout = adapterLayout(config, { count: adapters.length, rank, alpha });
  const values = new Float32Array(layout.size);
  for (const slot of layout.slots) {
    adapters.forEach((adapter, index) => {
      const name = moduleName(slot.layer, slot.target);
      const module = adapter.modules.get(name);
      if (!module) throw new BackboneError(`Adapter ${index} has no ${name}.`);
      values.set(module.a, slot.a + index * rank * slot.in);
      for (let out = 0; out < slot.out; out += 1) {
        values.set(module.b.subarray(out * adapter.rank, (out + 1) * adapter.rank), slot.b + out * layout.width + index * rank);
      }
    });
  }
  return { layout, values };
}

/**
 * Untrained adapters: A ~ N(0, 1/in), a stream of its own per adapter, B = 0 (LoRA, Hu et al. 2021).
 * `normal(adapter)` gives adapter u's standard normal stream.
 */
export function initialAdapters(config: DecoderConfig, spec: AdapterSpec, normal: (adapter: number) => () => number): { layout: AdapterLayout; values: Float32Array<ArrayBuffer> } {
  const layout = adapterLayout(config, spec);
  const values = new Float32Array(layout.size);
  for (let adapter = 0; adapter < spec.count; adapter += 1) {
    const next = normal(adapter);
    for (const slot of layout.slots) {
      const start = slot.a + adapter * spec.rank * slot.in;
      for (let i = 0; i < spec.rank * slot.in; i += 1) values[start + i] = next() / Math.sqrt(slot.in);
    }
  }
  return { layout, values };
}

/** A module's A or B of one adapter, cut out of a flat vector (parameters or gradients): A [rank, in], B [out, rank]. */
export function sliceAdapter({ spec, width }: AdapterLayout, slot: AdapterSlot, flat: Float32Array, adapter: number): { a: Float32Array; b: Float32Array } {
  const { rank } = spec;
  const a = flat.slice(slot.a + adapter * rank * slot.in, slot.a + (adapter + 1) * rank * slot.in);
  const b = new Float32Array(slot.out * rank);
  for (let out = 0; out < slot.out; out += 1) {
    const start = slot.b + out * width + adapter * rank;
    b.set(flat.subarray(start, start + rank), out * rank);
  }
  return { a, b };
}
