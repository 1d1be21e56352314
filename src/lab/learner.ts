import { initialAdapters } from '../backbone/adapters.ts';
import type { Backbone } from '../backbone/load.ts';
import { BackboneError } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import type { Decoder } from '../engine/decoder.ts';
import type { OptimiserState } from '../engine/optimiser.ts';
import type { Provider } from '../inference/types.ts';
import type { ArmTrainer } from '../training/arm-trainer.ts';
import { writingOf, type Arm } from '../training/arms.ts';
import { evaluate } from '../training/evaluate.ts';
import { SupervisedTrainer } from '../training/supervised.ts';
import { Trainer, type TrainableSession } from '../training/trainer.ts';
import { adapterFiles } from './adapter-files.ts';
import type { ProviderReport } from './rollout-events.ts';
import type { StackedAdapters } from './run-adapters.ts';
import type { SeesawRunConfig } from './seesaw-events.ts';
import type { Learner, LearnerRequest, TrainingDevice } from './seesaw-parts.ts';

export interface OpenedTrainable {
  readonly session: TrainableSession;
  readonly report: ProviderReport;
}

/** Opens a session over the backbone. @param buffer the decoder's own parameters, for a session on the same device */
export type OpenTrainable = (backbone: Backbone, adapters: StackedAdapters, buffer: GPUBuffer | null, provider: Provider | 'auto') => Promise<OpenedTrainable>;

/** A decoder with its session, and what they were made for. */
interface Workbench extends OpenedTrainable {
  readonly decoder: Decoder;
  readonly device: TrainingDevice;
  readonly backbone: string;
  readonly shape: string;
}

/** Untrained adapters of an arm: the same for the same seed, whatever the arm does with them. */
export function freshAdapters({ config }: Backbone, { adapters, rank }: Arm, seed: number): StackedAdapters {
  return initialAdapters(config, { count: adapters, rank, alpha: 2 * rank }, (adapter) => {
    const stream = new Random(seed).stream('adapters').stream(adapter);
    return () => stream.normal();
  });
}

/**
 * Makes learners, one at a time. Weights are uploaded and sessions opened once for arms of one shape: the next run only
 * gets other values.
 */
export class LearnerBench {
  readonly #config: SeesawRunConfig;
  readonly #open: OpenTrainable;
  #bench: Workbench | null = null;

  constructor(config: SeesawRunConfig, open: OpenTrainable) {
    this.#config = config;
    this.#open = open;
  }

  async open(request: LearnerRequest): Promise<Learner> {
    const { arm, seed, backbone, lessons, checkpoint, signal } = request;
    const { tokenizer } = backbone;
    if (!tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, without which nothing can be written.`);
    const { training, evaluation, batch } = this.#config;
    const fresh = freshAdapters(backbone, arm, seed);
    const bench = await this.#benchFor(request, fresh);
    const { decoder, session, report } = bench;
    const { retriever, environment, sets, trajectories, gold } = lessons;
    const trainer: ArmTrainer =
      trajectories === null
        ? new Trainer(arm, training, seed, { decoder, session, tokenizer, environment, retriever, sets, batch, checkpoint, signal })
        : new SupervisedTrainer(arm, training, seed, { decoder, session, trajectories, checkpoint });
    const zeros = (): Float32Array<ArrayBuffer> => new Float32Array(fresh.layout.size);
    await trainer.restore({ step: 0, values: fresh.values, m: zeros(), v: zeros() });
    return {
      report,
      notes: session.notes,
      memory: decoder.memory,
      step: async (step, frozen) => (await trainer.step(step, Array.from({ length: arm.adapters }, (_, adapter) => frozen.includes(adapter)))).report,
      evaluate: () =>
        evaluate({
          session,
          writing: writingOf(arm),
          tokenizer,
          environment,
          retriever,
          gold,
          questions: lessons.evaluation,
          samples: evaluation.samples,
          temperature: training.temperature,
          seed: evaluation.seed,
          batch,
          checkpoint,
          signal,
        }),
      state: () => trainer.state(),
      restore: (state: OptimiserState) => trainer.restore(state),
      adapters: async () => adapterFiles(arm, fresh.layout, (await trainer.state()).values, backbone.name),
      close: () => trainer.destroy(),
    };
  }

  /** Gives up what is held; a session whose device is gone may never finish going, and nobody waits for it. */
  close(): void {
    this.#bench?.decoder.destroy();
    this.#bench?.session.destroy().catch(() => undefined);
    this.#bench = null;
  }

  async #benchFor({ arm, backbone, device, provider, onCompiled }: LearnerRequest, fresh: StackedAdapters): Promise<Workbench> {
    const shape = `${arm.adapters} of rank ${arm.rank}`;
    const held = this.#bench;
    if (held?.device === device && held.backbone === backbone.sha256 && held.shape === shape) return held;
    this.close();
    const decoder = await device.createDecoder(backbone, fresh, onCompiled);
    try {
      const buffer = decoder.context.adapters?.parameters.buffer ?? null;
      const bench = { ...(await this.#open(backbone, fresh, buffer, provider)), decoder, device, backbone: backbone.sha256, shape };
      this.#bench = bench;
      return bench;
    } catch (error) {
      decoder.destroy();
      throw error;
    }
  }
}
