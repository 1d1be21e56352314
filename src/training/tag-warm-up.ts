import type { TableRows } from '../backbone/tag-tokens.ts';
import type { Decoder } from '../engine/decoder.ts';
import { rowGradients, writeRows } from '../engine/row-gradients.ts';
import { DEFAULT_TRAINING, rateFactor } from './settings.ts';
import { lessonsOfStep } from './supervised.ts';
import { addLosses, NO_LOSSES, sumByPlace, tagWeights, type TagLesson, type TagLosses } from './tag-losses.ts';
import type { TagWarmUpSettings } from './tag-warm-up-settings.ts';
import { inParts } from './update.ts';

const CLIP_NORM = 1;

export interface TagStepReport {
  readonly step: number;
  /** Before the step. */
  readonly losses: TagLosses;
  /** Of the gradient, before it is clipped to 1. */
  readonly norm: number;
  readonly rate: number;
  /** Tokens that were encoded. */
  readonly tokens: number;
}

/** Parameters with AdamW's moments, on the CPU: they are some thousand. */
class AdamRows {
  readonly values: Float32Array<ArrayBuffer>;
  readonly #m: Float64Array;
  readonly #v: Float64Array;

  constructor(values: Float32Array<ArrayBuffer>) {
    this.values = values.slice();
    this.#m = new Float64Array(values.length);
    this.#v = new Float64Array(values.length);
  }

  /** @param step from 1 */
  descend(gradient: Float64Array, factor: number, rate: number, step: number): void {
    const { beta1, beta2, epsilon } = DEFAULT_TRAINING.adam;
    gradient.forEach((raw, index) => {
      const value = raw * factor;
      this.#m[index] = beta1 * this.#m[index] + (1 - beta1) * value;
      this.#v[index] = beta2 * this.#v[index] + (1 - beta2) * value * value;
      this.values[index] -= (rate * (this.#m[index] / (1 - beta1 ** step))) / (Math.sqrt(this.#v[index] / (1 - beta2 ** step)) + epsilon);
    });
  }
}

export interface TagWarmUpParts {
  /** Without adapters; its tables are written to. */
  readonly decoder: Decoder;
  readonly ids: readonly number[];
  /** What the rows begin as. */
  readonly rows: TableRows;
  readonly lessons: readonly TagLesson[];
  readonly settings: TagWarmUpSettings;
  /** Called between micro-batches: pauses by not resolving, cancels by throwing. */
  readonly checkpoint: () => Promise<void>;
}

/**
 * Trains the rows of tag tokens and nothing else, by the cross-entropy of the tokens that the model wrote in
 * demonstrations, each weighing the same. Tags alone in the loss would only ever raise their rows' logits, everywhere;
 * heavier tags would make them likelier than the demonstrations have them. The other tokens are what holds a tag back
 * where none belongs, and those behind a tag teach what it means when it is read. What the environment wrote (its
 * `<information>` too) is read and not predicted.
 *
 * Rows are kept in f32. A table in f16 gets them rounded at every step, so that what is measured is what will be saved.
 */
export class TagWarmUp {
  readonly #parts: TagWarmUpParts;
  readonly #known: ReadonlySet<number>;
  readonly #embedding: AdamRows;
  readonly #head: AdamRows | null;

  /** Writes the rows into the decoder's tables. @throws BackboneError for quantised tables */
  constructor(parts: TagWarmUpParts) {
    this.#parts = parts;
    this.#known = new Set(parts.ids);
    this.#embedding = new AdamRows(parts.rows.embedding);
    this.#head = parts.rows.head ? new AdamRows(parts.rows.head) : null;
    this.#write();
  }

  /** In f32, whatever the table is stored in. */
  get rows(): TableRows {
    return { embedding: this.#embedding.values.slice(), head: this.#head?.values.slice() ?? null };
  }

  /** @param step from 0 */
  async step(step: number): Promise<TagStepReport> {
    const { decoder, ids, lessons, settings, checkpoint } = this.#parts;
    const chosen = lessonsOfStep(lessons.length, settings.batch, settings.seed, step).map((index) => lessons[index]);
    const weighted = tagWeights(chosen).map((weights, index) => ({ weights, lesson: chosen[index] }));
    const embedding = new Float64Array(this.#embedding.values.length);
    const head = new Float64Array(embedding.length);
    let losses = NO_LOSSES;
    let tokens = 0;
    for (const part of inParts(weighted, ({ lesson }) => lesson.tokens.length, settings.microBatchTokens)) {
      await checkpoint();
      const sequences = part.map(({ lesson }) => ({ tokens: lesson.tokens, adapters: new Uint8Array(lesson.tokens.length) }));
      const told = await rowGradients(decoder, sequences, part.map(({ weights }) => weights), ids);
      told.embedding.forEach((value, index) => (embedding[index] += value));
      told.head.forEach((value, index) => (head[index] += value));
      losses = addLosses(losses, sumByPlace(part.map(({ lesson }) => lesson), this.#known, told.logprobs, 0));
      for (const sequence of sequences) tokens += sequence.tokens.length;
    }
    // A tied table's rows are both.
    if (!this.#head) head.forEach((value, index) => (embedding[index] += value));
    const norm = Math.hypot(length(embedding), this.#head ? length(head) : 0);
    const factor = norm > CLIP_NORM ? CLIP_NORM / norm : 1;
    const rate = settings.rate * rateFactor({ ...DEFAULT_TRAINING, steps: settings.steps, warmUp: Math.ceil(settings.steps / 10), schedule: 'cosine' }, step);
    this.#embedding.descend(embedding, factor, rate, step + 1);
    this.#head?.descend(head, factor, rate, step + 1);
    this.#write();
    return { step, losses, norm, rate, tokens };
  }

  #write(): void {
    writeRows(this.#parts.decoder, this.#parts.ids, { embedding: this.#embedding.values, head: this.#head?.values ?? null });
  }
}

function length(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
