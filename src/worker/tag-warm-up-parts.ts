import { tagBench } from '../lab/tag-bench.ts';
import type { TagWarmUpParts } from '../lab/tag-warm-up.ts';
import { breather } from './breather.ts';
import type { DeviceHolder } from './device.ts';
import type { BackboneCache } from './model-cache.ts';
import { plainChoice, type BackboneChoice, type TrajectoriesChoice } from './protocol.ts';
import { trajectoriesBlob } from './resources.ts';

/** The real parts of a warm-up. @param base the page's address */
export function tagWarmUpParts(choice: BackboneChoice, trajectories: TrajectoriesChoice, base: string, { device, backbones }: { readonly device: DeviceHolder; readonly backbones: BackboneCache }): TagWarmUpParts {
  return {
    async openDevice() {
      const run = await device.forRun();
      const { report, fault } = run;
      return { report, fault, createBench: async (backbone, microBatchTokens, checkpoint, onCompiled) => tagBench(await run.createDecoder(backbone, null, onCompiled), microBatchTokens, checkpoint) };
    },
    loadBackbone: (progress) => backbones.load(plainChoice(choice), base, progress),
    loadTrajectories: () => trajectoriesBlob(trajectories, base),
    breathe: breather(),
  };
}
