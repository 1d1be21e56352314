import { BackboneError } from '../backbone/types.ts';
import { factsOf } from '../engine/weight-facts.ts';
import { engineBytes } from '../engine/preflight.ts';
import { prepareModel } from '../inference/model.ts';
import { checkEngine } from '../lab/model-check-engine.ts';
import type { ModelCheckParts } from '../lab/model-check-parts.ts';
import { checkPlan } from '../lab/model-check-plan.ts';
import { breather } from './breather.ts';
import type { DeviceHolder } from './device.ts';
import type { BackboneCache } from './model-cache.ts';
import { openSession } from './open-session.ts';
import type { BackboneChoice } from './protocol.ts';

/** The real parts of a check. @param base the page's address */
export function modelCheckParts(choice: BackboneChoice, base: string, { device, backbones }: { readonly device: DeviceHolder; readonly backbones: BackboneCache }): ModelCheckParts {
  return {
    async openDevice() {
      const run = await device.forRun();
      return {
        ...run,
        async createEngine(backbone, adapters, losses, progress) {
          const { gpu } = await device.get();
          const decoder = await run.createDecoder(backbone, adapters, (done, total) => progress(`${done} of ${total} kernels compiled`, done / total));
          const engine = checkEngine(decoder, losses);
          // Uploads are part of this phase: the first submit would wait for them otherwise.
          progress('waiting for the upload', null);
          await gpu.device.queue.onSubmittedWorkDone();
          return engine;
        },
      };
    },
    loadBackbone: (progress) => backbones.load(choice, base, progress),
    predict: ({ config, weights }, tokens, { report }) => engineBytes(config, factsOf(weights), checkPlan(tokens), report.limits.maxStorageBufferBindingSize, { maxBuffer: report.limits.maxBufferSize }),
    async undecodable({ graph, config }, { layout }) {
      try {
        await prepareModel(graph.blob, { layout, hiddenSize: config.hiddenSize, patches: graph.patches });
        return null;
      } catch (error) {
        if (!(error instanceof BackboneError)) throw error;
        return error.message;
      }
    },
    openSession: async (backbone, adapters) => openSession(backbone, adapters, { wanted: 'auto', gpu: (await device.get()).gpu, rows: 1 }),
    breathe: breather(),
  };
}
