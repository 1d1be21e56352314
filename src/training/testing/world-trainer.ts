import { readFileSync } from 'node:fs';
import { WORLD } from '../../agent/environment.ts';
import { Bm25Index, bm25Retriever } from '../../agent/retriever/bm25.ts';
import { parseEnvironmentSettings } from '../../agent/retriever/bm25-settings.ts';
import { readCorpus } from '../../agent/retriever/corpus.ts';
import { readQuestions } from '../../agent/retriever/questions.ts';
import type { Question, Retriever } from '../../agent/types.ts';
import { initialAdapters } from '../../backbone/adapters.ts';
import { loadBackbone, type Backbone } from '../../backbone/load.ts';
import { folderSource } from '../../backbone/testing/folder-source.ts';
import { Random } from '../../core/random.ts';
import { createDecoder, type Decoder, type DecoderOptions } from '../../engine/decoder.ts';
import type { GpuDevice } from '../../gpu/device.ts';
import { createRoutedSession, type OrtRoutedSession } from '../../inference/session.ts';
import { loadNodeRuntime } from '../../inference/testing/node-runtime.ts';
import type { Arm } from '../arms.ts';
import type { TrainingSettings } from '../settings.ts';
import { Trainer } from '../trainer.ts';

const MODEL = 'public/models/seesaw-tiny';
const DATA = 'public/datasets/world';

/** The bundled backbone and its world, read once. */
export interface World {
  readonly backbone: Backbone;
  readonly graph: Blob;
  readonly retriever: Retriever;
  readonly questions: readonly Question[];
}

export async function openWorld(): Promise<World> {
  const source = folderSource(MODEL);
  const backbone = await loadBackbone(source);
  const { passages } = await readCorpus(new Blob([readFileSync(`${DATA}/corpus.jsonl`)]));
  const index = await Bm25Index.build(passages, parseEnvironmentSettings(readFileSync(`${DATA}/environment.json`, 'utf8')));
  const { questions } = await readQuestions(new Blob([readFileSync(`${DATA}/questions-a-train.jsonl`)]));
  return { backbone, graph: await source.open(backbone.model.path), retriever: bm25Retriever(index, 'world'), questions };
}

export interface WorldTrainer {
  readonly trainer: Trainer;
  readonly decoder: Decoder;
  readonly session: OrtRoutedSession;
  close(): Promise<void>;
}

export interface WorldTrainerOptions {
  readonly gpu: GpuDevice;
  readonly settings: TrainingSettings;
  readonly seed: number;
  /** Rollouts that decode together. */
  readonly batch: number;
  readonly decoder?: Pick<DecoderOptions, 'layouts' | 'pipelines'>;
}

/** A trainer with a decoder, an optimiser and a session of its own: nothing is left over from another one. */
export async function worldTrainer({ backbone, graph, retriever, questions }: World, arm: Arm, { gpu, settings, seed, batch, decoder: options }: WorldTrainerOptions): Promise<WorldTrainer> {
  const { config, tokenizer, weights } = backbone;
  if (!tokenizer) throw new Error(`${backbone.name} has no tokenizer.`);
  const fresh = initialAdapters(config, { count: arm.adapters, rank: arm.rank, alpha: 2 * arm.rank }, (adapter) => {
    const stream = new Random(seed).stream('adapters').stream(adapter);
    return () => stream.normal();
  });
  const decoder = await createDecoder(gpu, weights, { adapters: fresh, ...options });
  const session = await createRoutedSession({ graph, config, adapters: fresh, provider: 'wasm', loadRuntime: loadNodeRuntime });
  const trainer = new Trainer(arm, settings, seed, { decoder, session, tokenizer, environment: WORLD, retriever, sets: [questions], batch, checkpoint: () => Promise.resolve() });
  return {
    trainer,
    decoder,
    session,
    async close() {
      trainer.destroy();
      decoder.destroy();
      await session.destroy();
    },
  };
}
