import { loadQuestions } from '../agent/datasets.ts';
import { createRetriever } from '../agent/retriever/create.ts';
import { runRollouts } from '../agent/rollouts.ts';
import type { RolloutRunConfig } from '../lab/rollout-events.ts';
import type { RolloutParts } from '../lab/rollout-parts.ts';
import { writerAdapters } from '../lab/writer-adapters.ts';
import { breather } from './breather.ts';
import type { DeviceHolder } from './device.ts';
import type { BackboneCache } from './model-cache.ts';
import type { BackboneChoice } from './protocol.ts';
import { backboneSource } from './resources.ts';
import type { SessionCache } from './session-cache.ts';

export interface Held {
  readonly device: DeviceHolder;
  readonly backbones: BackboneCache;
  readonly sessions: SessionCache;
}

/** The real parts of a rollout run. @param base the page's address */
export function rolloutParts(config: RolloutRunConfig, choice: BackboneChoice, base: string, { device, backbones, sessions }: Held): RolloutParts {
  const source = backboneSource(choice, base);
  return {
    openDevice: () => device.forRun(),
    loadBackbone: (progress) => backbones.load(choice, base, progress),
    loadAdapters: (adapters, { config: decoder }) => writerAdapters(adapters, source, decoder, config.seed),
    loadQuestions: () => loadQuestions(config.questions, base),
    createRetriever: (progress, signal) => createRetriever(config.retriever, base, { signal, keep: true, progress: (fraction, detail) => progress(detail, fraction) }),
    openSession: (backbone, adapters, provider, withDevice) => sessions.open(backbone, adapters, provider, withDevice, config.batch),
    generate: runRollouts,
    breathe: breather(),
  };
}
