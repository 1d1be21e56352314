import { loadQuestions } from '../agent/datasets.ts';
import { createRetriever } from '../agent/retriever/create.ts';
import { goldRetriever } from '../agent/retriever/gold.ts';
import { browserStorage } from '../agent/retriever/storage-folder.ts';
import { runRollouts } from '../agent/rollouts.ts';
import { bundledAdapters } from '../lab/bundled-adapters.ts';
import type { LeasRunConfig } from '../lab/leas-events.ts';
import type { LeasParts } from '../lab/leas-parts.ts';
import { LeasStore } from '../lab/leas-store.ts';
import { runSeesaw } from '../lab/seesaw-run.ts';
import { breather } from './breather.ts';
import type { DeviceHolder } from './device.ts';
import type { BackboneCache } from './model-cache.ts';
import { openSession } from './open-session.ts';
import type { BackboneChoice } from './protocol.ts';
import { seesawParts } from './seesaw-parts.ts';

/** What the page changes while a run is under way. */
export interface LeasSteering {
  samples: number | null;
}

export interface LeasRequest {
  readonly config: LeasRunConfig;
  readonly backbone: BackboneChoice;
  /** The page's address. */
  readonly base: string;
  readonly steering: LeasSteering;
}

/** The real parts of a run of LEAS. */
export function leasParts({ config, backbone: choice, base, steering }: LeasRequest, { device, backbones }: { readonly device: DeviceHolder; readonly backbones: BackboneCache }): LeasParts {
  return {
    openDevice: () => device.forRun(),
    loadBackbone: (progress) => backbones.load(choice, base, progress),
    loadQuestions: (questions) => loadQuestions(questions, base),
    async createRetriever(progress, signal) {
      const { retriever, index, problems } = await createRetriever(config.retriever, base, { signal, progress: (fraction, detail) => progress(detail, fraction) });
      return { retriever, problems, gold: index && ((question) => goldRetriever(question, index)) };
    },
    async train(training, goOn, control, emit) {
      const { parts, release } = seesawParts({ config: training, backbone: choice, base, goOn, steering: { frozen: [] } }, { device, backbones });
      try {
        await runSeesaw(training, parts, control, emit);
      } finally {
        release();
      }
    },
    loadBundled: () => bundledAdapters(base),
    openSession: async (backbone, adapters, wanted, withDevice) => openSession(backbone, adapters, { wanted, gpu: withDevice ? (await device.get()).gpu : null, rows: config.batch }),
    openStore: async () => new LeasStore(await browserStorage(LeasStore.folder)),
    samples: () => steering.samples,
    generate: runRollouts,
    breathe: breather(),
  };
}
