import type { TextTokenizer } from '../backbone/tokenizer.ts';
import type { Retriever, EnvironmentSettings, Question, Rollout } from '../agent/types.ts';
import { runRollouts, type RolloutTask } from '../agent/rollouts.ts';
import { groupAdvantages } from '../core/trajectory/reward.ts';
import type { Decoder } from '../engine/decoder.ts';
import { AdapterOptimiser, type OptimiserState } from '../engine/optimiser.ts';
import type { RoutedSession } from '../inference/types.ts';
import { abilitiesOf } from './abilities.ts';
import type { ArmTrainer } from './arm-trainer.ts';
import { writingOf, type Arm } from './arms.ts';
import { questionsOfStep, rolloutSeed } from './data-order.ts';
import { grpoWeights, type Current, type Scored } from './grpo.ts';
import type { GradientReport } from './mixing.ts';
import type { TrainingSettings } from './settings.ts';
import { descend, gather, inParts, microBatches, ratesAt } from './update.ts';

/** A session whose adapters follow the training: values on the CPU, or the buffer that training updates. */
export interface TrainableSession extends RoutedSession {
  setParameters(values: Float32Array<ArrayBuffer>): void;
  /** True where the session reads the decoder's own buffer. */
  readonly sharesParameters: boolean;
}

export interface TrainerParts {
  /** Has the arm's adapters. */
  readonly decoder: Decoder;
  readonly session: TrainableSession;
  readonly tokenizer: TextTokenizer;
  readonly environment: EnvironmentSettings;
  readonly retriever: Retriever;
  /** Training questions; each step takes an equal share of each. */
  readonly sets: readonly (readonly Question[])[];
  /** Rollouts that decode together. */
  readonly batch: number;
  /** Called between decode steps and between micro-batches: pauses by not resolving, cancels by throwing. */
  readonly checkpoint: () => Promise<void>;
  /** Ends waits that are no step, such as a retriever's answer. */
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

/** Everything that one step tells. What an objective has not (rewards of trajectories without, hits and grammar of given ones) is NaN. */
export interface StepReport {
  /** From 0. */
  readonly step: number;
  readonly reward: number;
  readonly hit: number;
  readonly wellFormed: number;
  /** Share of rollouts in groups whose rewards differ: the others teach nothing. */
  readonly live: number;
  readonly searches: number;
  /** Model-written tokens of a rollout. */
  readonly length: number;
  /** −mean log π of sampled tokens, nats: an estimate of the policy's entropy at temperature 1. */
  readonly entropy: number;
  /** Per ability: −Σ w·log π of the last pass. */
  readonly losses: readonly number[];
  readonly gradients: GradientReport;
  /** Norm of the mixed gradient before clipping. */
  readonly norm: number;
  readonly kl: number;
  readonly clipFraction: number;
  /** Largest |π/π_old − 1| of the first pass: what separates the two engines' arithmetic. */
  readonly ratioError: number;
  readonly rate: number;
  /** Tokens encoded by the rollouts, encoded twice by hand-overs, and trained on. */
  readonly tokens: { readonly rollout: number; readonly reencoded: number; readonly trained: number };
  /** Milliseconds. */
  readonly time: { readonly rollout: number; readonly forward: number; readonly backward: number; readonly optimiser: number };
}

/** GRPO on one arm. A step is a function of the parameters, the seed and the step's number alone. */
export class Trainer implements ArmTrainer {
  readonly #arm: Arm;
  readonly #settings: TrainingSettings;
  readonly #seed: number;
  readonly #parts: TrainerParts;
  readonly #optimiser: AdapterOptimiser;
  readonly #now: () => number;

  constructor(arm: Arm, settings: TrainingSettings, seed: number, parts: TrainerParts) {
    this.#arm = arm;
    this.#settings = settings;
    this.#seed = seed;
    this.#parts = parts;
    this.#optimiser = new AdapterOptimiser(parts.decoder, arm.abilities.length);
    this.#now = parts.now ?? (() => performance.now());
  }

  /** Rollouts, advantages and the optimiser's passes of step `step` (from 0). `frozen[u]`: adapter u keeps its values. */
  async step(step: number, frozen: readonly boolean[] = []): Promise<{ readonly report: StepReport; readonly rollouts: readonly Rollout[] }> {
    const begun = this.#now();
    const { rollouts, tokens } = await this.rollouts(step);
    const generated = this.#now();
    const advantages = groupAdvantages(
      rollouts.map(({ reward }) => reward),
      rollouts.map(({ question }) => question.id),
    );
    const scored = rollouts.map((rollout, index): Scored => ({ advantage: advantages[index] ?? 0, abilities: abilitiesOf(this.#arm, rollout), old: rollout.logprobs }));
    const time = { forward: 0, backward: 0, optimiser: 0 };
    const updates = [];
    for (let epoch = 0; epoch < this.#settings.epochs; epoch += 1) updates.push(await this.#update(step, epoch, rollouts, scored, frozen, time));
    const first = updates[0];
    const last = updates[updates.length - 1];
    return {
      rollouts,
      report: {
        step,
        ...batchFigures(rollouts, advantages),
        losses: last.losses,
        gradients: first.gradients,
        norm: first.norm,
        kl: last.kl,
        clipFraction: last.clipFraction,
        ratioError: first.ratioError,
        rate: ratesAt(this.#arm, this.#settings, step)[0],
        tokens: { rollout: tokens, reencoded: sum(rollouts.map(({ reencodedTokens }) => reencodedTokens)), trained: first.trained },
        time: { rollout: generated - begun, ...time },
      },
    };
  }

  /** The rollouts of a step under the present adapters. */
  async rollouts(step: number): Promise<{ readonly rollouts: readonly Rollout[]; readonly tokens: number }> {
    const { sets, session, tokenizer, environment, retriever, batch, checkpoint, signal } = this.#parts;
    const { questions: count, samples, temperature } = this.#settings;
    const questions = questionsOfStep(sets, count, this.#seed, step);
    const tasks: RolloutTask[] = questions.flatMap((question, place) => Array.from({ length: samples }, (_, sample) => ({ id: `${place}-${sample}`, question, sample, writer: 0, stream: false })));
    const places = new Map(tasks.map(({ id }, index) => [id, index]));
    const rollouts = new Array<Rollout>(tasks.length);
    const { tokens } = await runRollouts(tasks, {
      tokenizer,
      environment,
      retriever,
      sampling: { temperature, topP: 1, topK: 0 },
      alternatives: 0,
      seed: rolloutSeed(this.#seed, step),
      batch,
      writers: [{ session, writing: writingOf(this.#arm) }],
      onRollout: (rollout) => {
        rollouts[places.get(rollout.id)!] = rollout;
      },
      onProblem: (_, sentence) => {
        throw new RangeError(sentence);
      },
      checkpoint,
      ...(signal ? { signal } : {}),
    });
    return { rollouts, tokens };
  }

  state(): Promise<OptimiserState> {
    return this.#optimiser.state();
  }

  /** @throws RangeError for a state of other adapters */
  async restore(state: OptimiserState): Promise<void> {
    this.#optimiser.restore(state);
    await this.publish();
  }

  /** Gives the session the present values, where it does not share them. */
  async publish(): Promise<void> {
    const { session } = this.#parts;
    if (!session.sharesParameters) session.setParameters(await this.#optimiser.values());
  }

  destroy(): void {
    this.#optimiser.destroy();
  }

  async #update(step: number, epoch: number, rollouts: readonly Rollout[], scored: readonly Scored[], frozen: readonly boolean[], time: { forward: number; backward: number; optimiser: number }) {
    const { kl, microBatchTokens } = this.#settings;
    const losses = this.#arm.abilities.length;
    const current = await this.#current(rollouts, kl > 0 || epoch > 0, time);
    const { weights, ...ratios } = grpoWeights(scored, current, losses, this.#settings);
    const begun = this.#now();
    let ratioError = ratios.ratioError;
    const gathered = await gather(this.#optimiser, microBatches(this.#arm, rollouts, weights, microBatchTokens), losses, this.#parts.checkpoint, (batch, logprobs) => {
      if (epoch > 0) return;
      batch.forEach(({ row }, index) =>
        logprobs[index].forEach((now, token) => {
          const old = scored[row].old[token];
          if (!Number.isNaN(now) && !Number.isNaN(old)) ratioError = Math.max(ratioError, Math.abs(Math.exp(now - old) - 1));
        }),
      );
    });
    const done = this.#now();
    time.backward += done - begun;
    const { gradients, norm } = await descend(this.#optimiser, this.#arm, this.#settings, step, frozen);
    await this.publish();
    time.optimiser += this.#now() - done;
    return { ...gathered, gradients, norm, kl: ratios.kl, clipFraction: ratios.clipFraction, ratioError };
  }

  /** Present log-probabilities under the policy and, for the KL, under the frozen backbone; none on the first pass without KL. */
  async #current(rollouts: readonly Rollout[], needed: boolean, time: { forward: number }): Promise<Current[]> {
    if (!needed) return rollouts.map(() => ({ policy: null, reference: null }));
    const begun = this.#now();
    const { kl, microBatchTokens } = this.#settings;
    const current: Current[] = [];
    for (const rows of inParts(rollouts, ({ tokens }) => tokens.length, microBatchTokens)) {
      await this.#parts.checkpoint();
      const policy = await this.#policyLogprobs(rows);
      const reference = kl > 0 ? await this.#logprobs(rows, ({ tokens }) => new Uint8Array(tokens.length).fill(this.#arm.adapters)) : null;
      rows.forEach((_, row) => current.push({ policy: policy[row], reference: reference?.[row] ?? null }));
    }
    time.forward += this.#now() - begun;
    return current;
  }

  async #policyLogprobs(rows: readonly Rollout[]): Promise<Float32Array[]> {
    if (!this.#arm.agents) return this.#logprobs(rows, ({ adapters }) => adapters);
    const each: Float32Array[][] = [];
    for (const adapter of this.#arm.adapterOf) each.push(await this.#logprobs(rows, ({ tokens }) => new Uint8Array(tokens.length).fill(adapter)));
    return rows.map((rollout, row) => {
      const own = abilitiesOf(this.#arm, rollout);
      return Float32Array.from(own, (ability, token) => (ability < 0 ? NaN : each[ability][row][token]));
    });
  }

  /** log π of each token (NaN for the first) with the given adapters. */
  async #logprobs(rows: readonly Rollout[], adaptersOf: (rollout: Rollout) => Uint8Array): Promise<Float32Array[]> {
    const values = await this.#parts.decoder.logLikelihood(rows.map((rollout) => ({ tokens: rollout.tokens, adapters: adaptersOf(rollout) })));
    return values.map((own) => Float32Array.from([NaN, ...own]));
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function batchFigures(rollouts: readonly Rollout[], advantages: readonly (number | null)[]) {
  const mean = (valueOf: (rollout: Rollout, index: number) => number): number => sum(rollouts.map(valueOf)) / rollouts.length;
  let logprob = 0;
  let written = 0;
  for (const { logprobs } of rollouts) {
    for (const value of logprobs) {
      if (Number.isNaN(value)) continue;
      logprob += value;
      written += 1;
    }
  }
  return {
    reward: mean(({ reward }) => reward ?? 0),
    hit: mean(({ hit }) => Number(hit ?? false)),
    wellFormed: mean(({ wellFormed }) => Number(wellFormed)),
    live: mean((_, index) => Number((advantages[index] ?? 0) !== 0)),
    searches: mean(({ searches }) => searches.length),
    length: written / rollouts.length,
    entropy: written === 0 ? 0 : -logprob / written,
  };
}
