import type { Backbone } from '../backbone/load.ts';
import { sha256, sha256Blob } from '../backbone/sha256.ts';
import { writeTagTokens, type TagTokensAbout } from '../backbone/tag-token-file.ts';
import { meanRows, tableRefusal, tagIds } from '../backbone/tag-tokens.ts';
import { splitTags, withAddedTags } from '../backbone/tag-tokenizer.ts';
import { BackboneError } from '../backbone/types.ts';
import { readTrajectoryFile } from '../core/trajectory/formats.ts';
import { TAG_PRESETS } from '../core/trajectory/tags.ts';
import type { TagSettings } from '../core/trajectory/types.ts';
import type { TagLesson, TagLosses } from '../training/tag-losses.ts';
import { createdUnlessCancelled } from './created.ts';
import { plural } from './encode.ts';
import { JobFrame, runJob, type Job } from './job.ts';
import type { RunControl } from './run-control.ts';
import type { RunDevice } from './angle-run.ts';
import type { TagBench } from './tag-bench.ts';
import { tagLessons, type TagLessons } from './tag-lessons.ts';
import type { AddedTag, TagPhase, TagState, TagWarmUpConfig, TagWarmUpEvent } from './tag-warm-up-events.ts';

export interface TagDevice extends Pick<RunDevice, 'report' | 'fault'> {
  /** @param checkpoint between micro-batches */
  createBench(backbone: Backbone, microBatchTokens: number, checkpoint: () => Promise<void>, onCompiled: (done: number, total: number) => void): Promise<TagBench>;
}

/** Where a warm-up gets its parts from; a worker gives the real ones, tests give small ones. */
export interface TagWarmUpParts {
  openDevice(): Promise<TagDevice>;
  /** As its files have it, without tags as tokens. */
  loadBackbone(progress: (step: string) => void): Promise<Backbone>;
  loadTrajectories(): Promise<Blob>;
  readonly now?: () => number;
  readonly breathe?: () => Promise<void>;
}

/**
 * Makes the tags that a tokenizer cuts into tokens, and trains their rows for some steps. Held-out losses are measured as
 * the tags are cut, with the means of their words, and with the trained rows. It never throws: a failure is an event.
 * Steered through `control` between micro-batches.
 */
export async function runTagWarmUp(config: TagWarmUpConfig, parts: TagWarmUpParts, control: RunControl, emit: (event: TagWarmUpEvent) => void): Promise<void> {
  await runJob<TagWarmUpEvent>(control, emit, (tell) => new TagWarmUpJob(config, parts, control, tell));
}

/** Every tag of a dialect. */
export function allTags({ think, search, information, answer }: TagSettings): string[] {
  return [think, search, information, answer].flatMap(({ open, close }) => [open, close]);
}

class TagWarmUpJob implements Job<TagWarmUpEvent> {
  readonly frame: JobFrame<TagPhase>;
  readonly #config: TagWarmUpConfig;
  readonly #parts: TagWarmUpParts;
  readonly #control: RunControl;
  readonly #emit: (event: TagWarmUpEvent) => void;
  #bench: TagBench | null = null;
  #secondsLeft: number | null = null;

  constructor(config: TagWarmUpConfig, parts: TagWarmUpParts, control: RunControl, emit: (event: TagWarmUpEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#control = control;
    this.#emit = emit;
    this.frame = new JobFrame({ control, emit, tellPhase: (phase) => emit({ ...phase, secondsLeft: this.#secondsLeft }), parts });
  }

  release(): void {
    this.#bench?.destroy();
    this.#bench = null;
  }

  async run(): Promise<TagWarmUpEvent> {
    const { settings, preset, maxTokens } = this.#config;
    if (!Number.isSafeInteger(settings.steps) || settings.steps < 1) throw new RangeError(`A warm-up needs at least one step, not ${settings.steps}.`);
    this.frame.phase('load', 'looking for a graphics device');
    const device = await this.#parts.openDevice();
    this.frame.device.watch(device.fault);
    this.#emit({ type: 'device', at: this.frame.elapsed(), device: device.report });
    const backbone = await this.#parts.loadBackbone((step) => this.frame.phase('load', step));
    await this.frame.checkpoints.pass();
    const { tokenizer } = backbone;
    const added = addedTags(backbone, allTags(TAG_PRESETS[preset]));
    if (!tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, to which tags could be added.`);
    const [names, ids] = [added.map(({ tag }) => tag), added.map(({ id }) => id)];
    this.frame.phase('load', 'reading the trajectories');
    const blob = await this.#parts.loadTrajectories();
    const dataSha256 = await sha256Blob(blob, this.#config.trajectories);
    const tags = TAG_PRESETS[preset];
    const lessons = tagLessons(await readTrajectoryFile(blob, { tags }), tokenizer, withAddedTags(tokenizer, names, ids[0]), { tags, maxTokens, vocabSize: backbone.config.vocabSize, seed: settings.seed });
    const { training, heldOut, problems, notes } = lessons;
    this.#emit({ type: 'ready', at: this.frame.elapsed(), backbone: { name: backbone.name, sha256: backbone.sha256 }, tags: added, training: training.length, heldOut: heldOut.length, problems, notes });

    this.frame.phase('compile', 'uploading the weights');
    const pass = (): Promise<void> => this.frame.checkpoints.pass();
    const told = (done: number, total: number): void => this.frame.counted('compile', `${done} of ${total} kernels`, done / total);
    this.#bench = await createdUnlessCancelled(device.createBench(backbone, settings.microBatchTokens, pass, told), this.#control.signal, (promise) => this.frame.guard(promise));
    const { before, after, rows } = await this.#train(this.#bench, backbone, names, ids, lessons);

    const how = `trained ${plural(settings.steps, 'step', 'steps')}`;
    const about: TagTokensAbout = {
      version: 1,
      tags: names,
      ids,
      base: { name: backbone.name, sha256: backbone.sha256 },
      how,
      training: { steps: settings.steps, rate: settings.rate, batch: settings.batch, seed: settings.seed, trajectories: this.#config.trajectories, dataSha256, training: training.length, before, after },
    };
    // Two warm-ups of as many steps are told apart by their rows.
    const part = (await sha256(writeTagTokens({ about, rows }))).slice(0, 7);
    const file = writeTagTokens({ about: { ...about, how: `${how}, ${part}` }, rows });
    return { type: 'finished', at: this.frame.elapsed(), seconds: this.frame.active() / 1000, file, sha256: await sha256(file), how: `${how}, ${part}` };
  }

  async #train(bench: TagBench, backbone: Backbone, tags: readonly string[], ids: readonly number[], { training, heldOut, cut }: TagLessons) {
    const { settings } = this.#config;
    await this.#measure(bench, 'measure', 'cut', cut, ids);
    const rows = await meanRows(backbone.weights, backbone.tokenizer!, tags);
    const trained = bench.begin({ rows, ids, lessons: training, settings });
    const before = await this.#measure(bench, 'measure', 'mean', heldOut, ids);
    const began = this.frame.active();
    for (let step = 0; step < settings.steps; step += 1) {
      this.frame.phase('train', `step ${step + 1} of ${settings.steps}`, step / settings.steps);
      const report = await this.frame.guard(trained.step(step));
      this.#secondsLeft = ((this.frame.active() - began) / (step + 1)) * ((settings.steps - step - 1) / 1000);
      this.#emit({ type: 'step', at: this.frame.elapsed(), report });
    }
    this.#secondsLeft = null;
    const after = await this.#measure(bench, 'confirm', 'trained', heldOut, ids);
    return { before, after, rows: trained.rows };
  }

  async #measure(bench: TagBench, phase: TagPhase, state: TagState, lessons: readonly TagLesson[], ids: readonly number[]): Promise<TagLosses> {
    const words = state === 'cut' ? 'tags as they are cut' : state === 'mean' ? 'tags as the means of their words' : 'trained tags';
    this.frame.phase(phase, `held-out trajectories, ${words}`, 0);
    const losses = await this.frame.guard(bench.measure(lessons, ids, (done) => this.frame.counted(phase, `${done} of ${lessons.length} held-out trajectories, ${words}`, done / lessons.length)));
    this.#emit({ type: 'measured', at: this.frame.elapsed(), state, losses });
    return losses;
  }
}

/** The tags that the tokenizer cuts, with the ids that they get. @throws BackboneError where there are none, or they cannot be added */
function addedTags({ tokenizer, config, weights, name }: Backbone, tags: readonly string[]): AddedTag[] {
  if (!tokenizer) throw new BackboneError(`The backbone "${name}" has no tokenizer.json, to which tags could be added.`);
  const split = splitTags(tokenizer, tags);
  if (split.length === 0) throw new BackboneError(`Every tag of this dialect is a token of "${name}" already; there is nothing to warm up.`);
  const refusal = tableRefusal(weights);
  if (refusal !== null) throw new BackboneError(refusal);
  const ids = tagIds(config, tokenizer, split.length);
  return split.map(({ tag, pieces }, index) => ({ tag, id: ids[index], pieces }));
}
