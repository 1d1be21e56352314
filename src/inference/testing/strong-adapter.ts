import { moduleName } from '../../backbone/adapters.ts';
import { targetShape } from '../../backbone/config.ts';
import type { DecoderConfig, LoraAdapter } from '../../backbone/types.ts';
import { TARGETS } from '../../core/gram/types.ts';
import { Random } from '../../core/random.ts';

const RANK = 4;

/** An adapter that moves log-probabilities by whole nats: one that is not applied, or at the wrong position, shows. */
export function strongAdapter(config: DecoderConfig, seed: number): LoraAdapter {
  const random = new Random(seed);
  const normals = (count: number, spread: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: count }, () => random.normal() * spread);
  const modules = new Map(
    Array.from({ length: config.layers }, (_, layer) =>
      TARGETS.map((target) => {
        const { inFeatures, outFeatures } = targetShape(config, target);
        return [moduleName(layer, target), { a: normals(RANK * inFeatures, 1 / Math.sqrt(inFeatures)), b: normals(outFeatures * RANK, 0.2), inFeatures, outFeatures }] as const;
      }),
    ).flat(),
  );
  return { rank: RANK, alpha: 2 * RANK, modules };
}
