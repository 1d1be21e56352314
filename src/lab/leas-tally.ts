import type { LeasArm } from '../core/leas/writers.ts';
import { canWrite, wantedSamples, type Cell, type PlannedSet, type Samples, type WriterCell } from './leas-plan.ts';

/** Samples of one cell and question. */
export interface Missing {
  readonly cell: Cell;
  /** Index into the set's questions. */
  readonly question: number;
  readonly samples: readonly number[];
}

/** What is rolled out together: some questions of one set with the models of one training seed. */
export interface Chunk {
  readonly set: number;
  readonly seed: number;
  readonly parts: readonly Missing[];
}

export interface TallyOptions {
  readonly sets: readonly PlannedSet[];
  /** In the order in which they are rolled out. */
  readonly seeds: readonly { readonly seed: number; readonly arms: ReadonlySet<LeasArm> }[];
  readonly cells: readonly WriterCell[];
  readonly samples: Samples;
  /** Rollouts of a chunk: it takes questions until it has as many. */
  readonly chunk: number;
}

/** Every rollout that is wanted, and which are there. */
export class LeasTally {
  readonly #options: TallyOptions;
  /** Cells of each training seed; Base, which has none, stands with the first one. */
  readonly #cells: readonly (readonly WriterCell[])[];
  readonly #there = new Map<string, Set<number>>();
  /** Questions that cannot be asked (a prompt too long). */
  readonly #refused = new Set<string>();
  #samples: Samples;
  #total = 0;
  #done = 0;
  /** Rollouts that a question still lacks for a training seed. */
  #left = new Map<string, number>();
  /** The set whose turn it is. */
  #turn = 0;

  constructor(options: TallyOptions) {
    this.#options = options;
    this.#samples = options.samples;
    this.#cells = options.seeds.map(({ arms }, index) => options.cells.filter(({ writer }) => (writer === 'base' ? index === 0 : canWrite(writer, arms))));
    this.#recount();
  }

  get samples(): Samples {
    return this.#samples;
  }

  /** More of each question; none is taken away. @returns whether that is more than before */
  raise(samples: number): boolean {
    if (!Number.isInteger(samples) || samples <= this.#samples.samples) return false;
    this.#samples = { ...this.#samples, samples };
    this.#recount();
    return true;
  }

  /** Every cell of every question, in the order of the run. */
  *units(): Generator<{ readonly cell: Cell; readonly question: number }> {
    for (const [index, { seed }] of this.#options.seeds.entries()) {
      for (const [set, { questions }] of this.#options.sets.entries()) {
        for (let question = 0; question < questions.length; question += 1) {
          for (const cell of this.#cells[index]) yield { cell: cellOf(cell, set, seed), question };
        }
      }
    }
  }

  has(cell: Cell, question: number, sample: number): boolean {
    return this.#there.get(placeOf(cell, question))?.has(sample) ?? false;
  }

  /** @returns false where it was there before */
  add(cell: Cell, question: number, sample: number): boolean {
    const place = placeOf(cell, question);
    const samples = this.#there.get(place) ?? new Set<number>();
    this.#there.set(place, samples);
    if (samples.has(sample)) return false;
    samples.add(sample);
    if (sample < wantedSamples(cell, this.#samples) && !this.#refused.has(`${cell.set} ${question}`)) {
      this.#done += 1;
      const left = this.#leftKey(cell, question);
      this.#left.set(left, (this.#left.get(left) ?? 0) - 1);
    }
    return true;
  }

  /** The question is not asked any more. @returns false where that was known */
  refuse(set: number, question: number): boolean {
    const place = `${set} ${question}`;
    if (this.#refused.has(place)) return false;
    this.#refused.add(place);
    this.#recount();
    return true;
  }

  /** Rollouts wanted, and of them there. */
  get count(): { readonly done: number; readonly total: number } {
    return { done: this.#done, total: this.#total };
  }

  /** Questions of a set of which nothing is missing for this training seed. */
  finished(set: number, seed: number): number {
    return this.#options.sets[set].questions.filter((_, question) => (this.#left.get(this.#leftKey({ set, seed }, question)) ?? 0) === 0).length;
  }

  /** What comes next: training seeds one after the other, sets by turns; null when nothing is missing. */
  next(): Chunk | null {
    const { sets, seeds } = this.#options;
    for (const [index, { seed }] of seeds.entries()) {
      for (let step = 0; step < sets.length; step += 1) {
        const set = (this.#turn + step) % sets.length;
        const parts = this.#partsOf(index, set);
        if (parts.length === 0) continue;
        this.#turn = (set + 1) % sets.length;
        return { set, seed, parts };
      }
    }
    return null;
  }

  #partsOf(index: number, set: number): Missing[] {
    const { sets, seeds, chunk } = this.#options;
    const parts: Missing[] = [];
    let count = 0;
    for (let question = 0; question < sets[set].questions.length && count < chunk; question += 1) {
      for (const one of this.#cells[index]) {
        const cell = cellOf(one, set, seeds[index].seed);
        const samples = this.#missing(cell, question);
        if (samples.length > 0) parts.push({ cell, question, samples });
        count += samples.length;
      }
    }
    return parts;
  }

  #missing(cell: Cell, question: number): number[] {
    if (this.#refused.has(`${cell.set} ${question}`)) return [];
    const there = this.#there.get(placeOf(cell, question));
    return Array.from({ length: wantedSamples(cell, this.#samples) }, (_, sample) => sample).filter((sample) => there?.has(sample) !== true);
  }

  #leftKey({ set, seed }: Pick<Cell, 'set' | 'seed'>, question: number): string {
    return `${set} ${seed ?? this.#options.seeds[0].seed} ${question}`;
  }

  #recount(): void {
    [this.#total, this.#done, this.#left] = [0, 0, new Map<string, number>()];
    for (const { cell, question } of this.units()) {
      if (this.#refused.has(`${cell.set} ${question}`)) continue;
      const wanted = wantedSamples(cell, this.#samples);
      const missing = this.#missing(cell, question).length;
      this.#total += wanted;
      this.#done += wanted - missing;
      const left = this.#leftKey(cell, question);
      this.#left.set(left, (this.#left.get(left) ?? 0) + missing);
    }
  }
}

function cellOf({ writer, retrieval }: WriterCell, set: number, seed: number): Cell {
  return { set, seed: writer === 'base' ? null : seed, writer, retrieval };
}

function placeOf({ set, seed, writer, retrieval }: Cell, question: number): string {
  return `${set} ${seed ?? ''} ${writer} ${retrieval} ${question}`;
}
