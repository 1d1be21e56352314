import { Random } from '../core/random.ts';
import type { EncodedTrajectory } from '../core/trajectory/types.ts';
import type { Decoder } from '../engine/decoder.ts';
import { AdapterOptimiser, type OptimiserState } from '../engine/optimiser.ts';
import { abilitiesOf } from './abilities.ts';
import type { ArmTrainer } from './arm-trainer.ts';
import type { Arm } from './arms.ts';
import { denominators } from './grpo.ts';
import { routeTrajectory, type RoutedTrajectory } from './route-trajectory.ts';
import type { Denominator, TrainingSettings } from './settings.ts';
import type { StepReport, TrainableSession } from './trainer.ts';
import { descend, gather, microBatches, ratesAt } from './update.ts';

export interface SupervisedParts {
  /** Has the arm's adapters. */
  readonly decoder: Decoder;
  readonly session: TrainableSession;
  readonly trajectories: readonly EncodedTrajectory[];
  /** Called between micro-batches: pauses by not resolving, cancels by throwing. */
  readonly checkpoint: () => Promise<void>;
  readonly now?: () => number;
}

interface Lesson extends RoutedTrajectory {
  readonly reward: number;
  readonly searches: number;
  /** Index of the loss each token is in, or −1. */
  readonly abilities: Int8Array;
}

/** Log-likelihood of given trajectories: every model-written token of the arm's abilities weighs 1/Z. */
export class SupervisedTrainer implements ArmTrainer {
  readonly #arm: Arm;
  readonly #settings: TrainingSettings;
  readonly #seed: number;
  readonly #parts: SupervisedParts;
  readonly #lessons: readonly Lesson[];
  readonly #optimiser: AdapterOptimiser;
  readonly #now: () => number;

  constructor(arm: Arm, settings: TrainingSettings, seed: number, parts: SupervisedParts) {
    this.#arm = arm;
    this.#settings = settings;
    this.#seed = seed;
    this.#parts = parts;
    this.#lessons = parts.trajectories.map((trajectory) => {
      const routed = routeTrajectory(arm, trajectory, seed);
      return { ...routed, abilities: abilitiesOf(arm, routed), reward: trajectory.source.reward ?? NaN, searches: trajectory.spans.filter(({ role }) => role === 'tool').length };
    });
    this.#optimiser = new AdapterOptimiser(parts.decoder, arm.abilities.length);
    this.#now = parts.now ?? (() => performance.now());
  }

  async step(step: number, frozen: readonly boolean[] = []): Promise<{ readonly report: StepReport }> {
    const { questions, samples, denominator, microBatchTokens } = this.#settings;
    const lessons = lessonsOfStep(this.#lessons.length, questions * samples, this.#seed, step).map((index) => this.#lessons[index]);
    const losses = this.#arm.abilities.length;
    const begun = this.#now();
    let [nats, learnt] = [0, 0];
    const weights = likelihoodWeights(lessons, losses, denominator);
    const gathered = await gather(this.#optimiser, microBatches(this.#arm, lessons, weights, microBatchTokens), losses, this.#parts.checkpoint, (_, logprobs) => {
      for (const own of logprobs) {
        for (const value of own) {
          if (Number.isNaN(value)) continue;
          nats -= value;
          learnt += 1;
        }
      }
    });
    const done = this.#now();
    const { gradients, norm } = await descend(this.#optimiser, this.#arm, this.#settings, step, frozen);
    await this.publish();
    const mean = (valueOf: (lesson: Lesson) => number): number => lessons.reduce((sum, lesson) => sum + valueOf(lesson), 0) / lessons.length;
    return {
      report: {
        step,
        reward: mean(({ reward }) => reward),
        hit: NaN,
        wellFormed: NaN,
        live: mean(({ abilities }) => Number(abilities.some((ability) => ability >= 0))),
        searches: mean(({ searches }) => searches),
        length: mean(({ abilities }) => abilities.filter((ability) => ability >= 0).length),
        entropy: learnt === 0 ? 0 : nats / learnt,
        losses: gathered.losses,
        gradients,
        norm,
        kl: 0,
        clipFraction: 0,
        ratioError: 0,
        rate: ratesAt(this.#arm, this.#settings, step)[0],
        tokens: { rollout: 0, reencoded: 0, trained: gathered.trained },
        time: { rollout: 0, forward: 0, backward: done - begun, optimiser: this.#now() - done },
      },
    };
  }

  state(): Promise<OptimiserState> {
    return this.#optimiser.state();
  }

  async restore(state: OptimiserState): Promise<void> {
    this.#optimiser.restore(state);
    await this.publish();
  }

  async publish(): Promise<void> {
    const { session } = this.#parts;
    if (!session.sharesParameters) session.setParameters(await this.#optimiser.values());
  }

  destroy(): void {
    this.#optimiser.destroy();
  }
}

/** 1/Z for every token of an ability: [loss][row][token]. */
export function likelihoodWeights(rows: readonly { readonly abilities: Int8Array }[], losses: number, denominator: Denominator): Float32Array[][] {
  const z = denominators(rows, losses, denominator);
  return z.map((divisor, loss) => rows.map(({ abilities }) => Float32Array.from(abilities, (ability) => (ability === loss ? 1 / divisor : 0))));
}

/** Which trajectories a step learns: each once a pass, every pass in an order of its own by the seed, the same for every arm. */
export function lessonsOfStep(count: number, batch: number, seed: number, step: number): number[] {
  if (count === 0) throw new RangeError('There are no trajectories to learn from.');
  const random = new Random(seed).stream('data');
  const orders = new Map<number, number[]>();
  return Array.from({ length: Math.min(batch, count) }, (_, offset) => {
    const place = step * Math.min(batch, count) + offset;
    const pass = Math.floor(place / count);
    const order = orders.get(pass) ?? random.stream(pass).shuffle(Array.from({ length: count }, (__, index) => index));
    orders.set(pass, order);
    return order[place % count];
  });
}
