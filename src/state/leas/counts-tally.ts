import type { Question } from '../../agent/types.ts';
import type { Count } from '../../core/leas/accuracy.ts';
import type { QuestionCounts } from '../../core/leas/coefficients.ts';
import type { ComparedCount } from '../../core/leas/comparison.ts';
import type { SeedCounts } from '../../core/leas/counts.ts';
import type { ExperimentCounts } from '../../core/leas/experiment.ts';
import { MODELS, type Model } from '../../core/leas/models.ts';
import type { LeasWriter, Retrieval } from '../../core/leas/writers.ts';
import type { LeasRollout } from '../../lab/leas-events.ts';
import type { CountIncrement } from '../../replay/leas-steps.ts';

export interface TalliedSet {
  readonly label: string;
  readonly questions: readonly Question[];
}

/** Sums of one writer of one training seed, a place a question. */
interface Cell {
  readonly set: number;
  readonly seed: number | null;
  readonly writer: LeasWriter;
  readonly retrieval: Retrieval;
  readonly n: Int32Array;
  readonly k: Int32Array;
  readonly f1: Float64Array;
  readonly hits: Int32Array;
}

export function incrementOf({ set, seed, writer, retrieval, question, reward, f1, hit }: LeasRollout): CountIncrement {
  return { set, seed, writer, retrieval, question, n: 1, k: reward, f1, hits: Number(hit) };
}

/** Adds up what came so far. */
export class CountsTally {
  readonly #sets: readonly TalliedSet[];
  readonly #cells = new Map<string, Cell>();
  readonly #seeds: number[];

  /** @param seeds training seeds in the order in which they are shown; others are put behind them as they come */
  constructor(sets: readonly TalliedSet[], seeds: readonly number[]) {
    this.#sets = sets;
    this.#seeds = [...seeds];
  }

  /** What belongs to no set or question is passed over. */
  add({ set, seed, writer, retrieval, question, n, k, f1, hits }: CountIncrement): void {
    const size = this.#sets.at(set)?.questions.length ?? 0;
    if (question >= size) return;
    const key = `${set} ${seed ?? ''} ${writer} ${retrieval}`;
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { set, seed, writer, retrieval, n: new Int32Array(size), k: new Int32Array(size), f1: new Float64Array(size), hits: new Int32Array(size) };
      this.#cells.set(key, cell);
      if (seed !== null && !this.#seeds.includes(seed)) this.#seeds.push(seed);
    }
    cell.n[question] += n;
    cell.k[question] += k;
    cell.f1[question] += f1;
    cell.hits[question] += hits;
  }

  counts(): ExperimentCounts {
    return { sets: this.#sets.map(({ label }, set) => ({ label, seeds: this.#seedsOf(set) })), compared: this.#compared() };
  }

  /** Base has no training seed and stands beside each of them. */
  #seedsOf(set: number): SeedCounts[] {
    const cells = [...this.#cells.values()].filter((cell) => cell.set === set && cell.retrieval === 'search');
    const models = (seed: number | null): Map<Model, Cell> => {
      const own = new Map<Model, Cell>();
      for (const model of MODELS) {
        const cell = cells.find((one) => one.writer === model && one.seed === seed) ?? cells.find((one) => one.writer === model && one.seed === null);
        if (cell !== undefined) own.set(model, cell);
      }
      return own;
    };
    const seeds: readonly (number | null)[] = this.#seeds.length === 0 ? [null] : this.#seeds;
    return seeds.map((seed) => ({ seed: seed === null ? null : String(seed), questions: this.#questionsOf(set, models(seed)) }));
  }

  #questionsOf(set: number, models: ReadonlyMap<Model, Cell>): QuestionCounts[] {
    return this.#sets[set].questions.flatMap(({ id, hops }, index) => {
      const counts: Partial<Record<Model, Count>> = {};
      for (const [model, { n, k }] of models) if (n[index] > 0) counts[model] = { k: k[index], n: n[index] };
      return Object.keys(counts).length === 0 ? [] : [{ question: id, counts, attributes: hops === null ? {} : { hops: String(hops) } }];
    });
  }

  #compared(): ComparedCount[] {
    const compared: ComparedCount[] = [];
    for (const { set, seed, writer, retrieval, n, k, f1, hits } of this.#cells.values()) {
      const { label, questions } = this.#sets[set];
      for (const [index, { id }] of questions.entries()) {
        if (n[index] > 0) compared.push({ set: label, seed: seed === null ? null : String(seed), writer, retrieval, question: id, n: n[index], k: k[index], f1: f1[index], hits: hits[index] });
      }
    }
    return compared;
  }
}
