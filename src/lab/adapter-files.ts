import { moduleName, sliceAdapter, type AdapterLayout } from '../backbone/adapters.ts';
import { targetShape } from '../backbone/config.ts';
import { writeAdapter } from '../backbone/peft.ts';
import type { DecoderConfig, LoraAdapter } from '../backbone/types.ts';
import { TARGETS } from '../core/gram/types.ts';
import type { Arm } from '../training/arms.ts';
import { writingOf } from '../training/arms.ts';
import type { AdapterFile } from './seesaw-events.ts';

/** Trainable parameters of an arm: r·(in + out) of every projection and adapter. */
export function trainableParameters(config: DecoderConfig, { adapters, rank }: Pick<Arm, 'adapters' | 'rank'>): number {
  const perRank = TARGETS.reduce((sum, target) => {
    const { inFeatures, outFeatures } = targetShape(config, target);
    return sum + inFeatures + outFeatures;
  }, 0);
  return config.layers * adapters * rank * perRank;
}

/**
 * A folder for each adapter. Where reasoning is adapter 0 and tool use adapter 1 they have their own names, so that
 * opening them gives the same order; otherwise `adapter-0` …
 */
export function adapterFolders(arm: Arm): string[] {
  const { reasoning, tool } = writingOf(arm);
  if (arm.routing === 'ability' && arm.adapters === 2 && reasoning === 0 && tool === 1) return ['reasoning', 'tool'];
  return Array.from({ length: arm.adapters }, (_, adapter) => `adapter-${adapter}`);
}

/** One adapter of a flat vector, module by module. */
export function adapterAt(layout: AdapterLayout, values: Float32Array, adapter: number): LoraAdapter {
  const { rank, alpha } = layout.spec;
  const modules = new Map(layout.slots.map((slot) => [moduleName(slot.layer, slot.target), { ...sliceAdapter(layout, slot, values, adapter), inFeatures: slot.in, outFeatures: slot.out }] as const));
  return { rank, alpha, modules };
}

/** The files of PEFT folders, one an adapter. */
export function adapterFiles(arm: Arm, layout: AdapterLayout, values: Float32Array, baseModel: string): AdapterFile[] {
  return adapterFolders(arm).flatMap((folder, adapter) => {
    const { config, weights } = writeAdapter(adapterAt(layout, values, adapter), baseModel);
    return [
      { path: `${folder}/adapter_config.json`, blob: new Blob([config], { type: 'application/json' }) },
      { path: `${folder}/adapter_model.safetensors`, blob: new Blob([weights], { type: 'application/octet-stream' }) },
    ];
  });
}
