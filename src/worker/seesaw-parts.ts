import { loadQuestions } from '../agent/datasets.ts';
import { createRetriever } from '../agent/retriever/create.ts';
import { goldRetriever } from '../agent/retriever/gold.ts';
import { browserStorage } from '../agent/retriever/storage-folder.ts';
import { CheckpointStore } from '../lab/checkpoints.ts';
import { LearnerBench, type OpenTrainable } from '../lab/learner.ts';
import { givenTrajectories } from '../lab/given-trajectories.ts';
import type { SeesawRunConfig } from '../lab/seesaw-events.ts';
import type { SeesawParts } from '../lab/seesaw-parts.ts';
import { breather } from './breather.ts';
import type { DeviceHolder } from './device.ts';
import type { BackboneCache } from './model-cache.ts';
import { openSession } from './open-session.ts';
import type { BackboneChoice } from './protocol.ts';

/** What the page changes while a run is under way. */
export interface Steering {
  frozen: readonly number[];
}

export interface SeesawRequest {
  readonly config: SeesawRunConfig;
  readonly backbone: BackboneChoice;
  /** The page's address. */
  readonly base: string;
  readonly goOn: boolean;
  readonly steering: Steering;
}

/** The real parts of a training run, and what to do after it. */
export function seesawParts({ config, backbone: choice, base, goOn, steering }: SeesawRequest, { device, backbones }: { readonly device: DeviceHolder; readonly backbones: BackboneCache }): { readonly parts: SeesawParts; readonly release: () => void } {
  const open: OpenTrainable = async (backbone, adapters, buffer, wanted) =>
    openSession(backbone, { ...adapters, ...(buffer ? { buffer } : {}) }, { wanted, gpu: (await device.get()).gpu, rows: config.batch });
  const bench = new LearnerBench(config, open);
  const parts: SeesawParts = {
    openDevice: () => device.forRun(),
    loadBackbone: (progress) => backbones.load(choice, base, progress),
    loadQuestions: (questions) => loadQuestions(questions, base),
    loadTrajectories: givenTrajectories,
    async createRetriever(progress, signal) {
      const { retriever, index, problems } = await createRetriever(config.retriever, base, { signal, progress: (fraction, detail) => progress(detail, fraction) });
      return { retriever, problems, gold: index && ((question) => goldRetriever(question, index)) };
    },
    openLearner: (request) => bench.open(request),
    openCheckpoints: async () => (config.checkpointEvery > 0 || goOn ? new CheckpointStore(await browserStorage('checkpoints')) : null),
    resume: goOn,
    frozen: () => steering.frozen,
    breathe: breather(),
  };
  return { parts, release: () => bench.close() };
}
