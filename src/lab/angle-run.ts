import type { Backbone } from '../backbone/load.ts';
import { BackboneError } from '../backbone/types.ts';
import type { TagSettings, TrajectoryFile } from '../core/trajectory/types.ts';
import type { DecoderApi, GramGroup } from '../engine/types.ts';
import { Cancelled, Checkpoint, nextTask } from './checkpoint.ts';
import { encodeTrajectories, plural } from './encode.ts';
import type { AngleEvent, AngleRunConfig, DeviceReport } from './events.ts';
import { toFailure } from './failure.ts';
import { BlockAssembler } from './gram-block.ts';
import { takeInventory, type RunInventory } from './inventory.ts';
import { microBatches, rowsOf } from './micro-batches.ts';
import { Pace } from './pace.ts';
import type { StackedAdapters, RunAdapters } from './run-adapters.ts';
import type { RunControl } from './run-control.ts';

/** A graphics device as a run needs it. */
export interface RunDevice {
  readonly report: DeviceReport;
  /** Resolves with what went wrong when the device is lost or reports an error of its own; never rejects. */
  readonly fault: Promise<Error>;
  createDecoder(backbone: Backbone, adapters: StackedAdapters | null, onCompiled: (done: number, total: number) => void): Promise<DecoderApi>;
}

/** Where a run gets its parts from; a worker gives the real ones, tests give small ones. */
export interface AngleRunParts {
  /** Asked for first: what is missing shows before anything is downloaded. @throws an error with `remedy` */
  openDevice(): Promise<RunDevice>;
  loadBackbone(progress: (step: string) => void): Promise<Backbone>;
  loadAdapters(backbone: Backbone): Promise<RunAdapters | null>;
  loadTrajectories(progress: (step: string) => void): Promise<{ readonly file: TrajectoryFile; readonly tags: TagSettings; readonly sha256: string }>;
  /** Milliseconds; `performance.now` where nothing else is given. */
  readonly now?: () => number;
  /** Lets messages in between micro-batches. */
  readonly breathe?: () => Promise<void>;
}

/**
 * Measures the span Gram of a set of trajectories, group by group, and tells everything as events. It never throws: a
 * failure is an event, and the blocks told before stand. Steered through `control` between micro-batches.
 */
export async function runAngles(config: AngleRunConfig, parts: AngleRunParts, control: RunControl, emit: (event: AngleEvent) => void): Promise<void> {
  const job = new AngleJob(config, parts, control, emit);
  try {
    await job.run();
  } catch (error) {
    if (error instanceof Cancelled) emit({ type: 'cancelled', at: job.elapsed() });
    else emit({ type: 'failed', at: job.elapsed(), failure: toFailure(error) });
  } finally {
    job.release();
  }
}

class AngleJob {
  readonly #config: AngleRunConfig;
  readonly #parts: AngleRunParts;
  readonly #checkpoints: Checkpoint;
  readonly #emit: (event: AngleEvent) => void;
  readonly #now: () => number;
  readonly #start: number;
  #lastCompiled = Number.NEGATIVE_INFINITY;
  #decoder: DecoderApi | null = null;
  #fault: Promise<never> | null = null;

  constructor(config: AngleRunConfig, parts: AngleRunParts, control: RunControl, emit: (event: AngleEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#emit = emit;
    this.#now = parts.now ?? (() => performance.now());
    this.#start = this.#now();
    this.#checkpoints = new Checkpoint({
      control,
      breathe: parts.breathe ?? nextTask,
      now: () => this.elapsed(),
      onPaused: () => emit({ type: 'paused', at: this.elapsed() }),
      onResumed: () => emit({ type: 'resumed', at: this.elapsed() }),
    });
  }

  elapsed(): number {
    return this.#now() - this.#start;
  }

  release(): void {
    this.#decoder?.destroy();
    this.#decoder = null;
  }

  async run(): Promise<void> {
    const loaded = (detail: string): void => this.#phase('load', detail);
    loaded('looking for a graphics device');
    const device = await this.#parts.openDevice();
    this.#fault = device.fault.then((error) => Promise.reject(error));
    // It is raced against, or not at all: a loss after the run is nobody's failure.
    this.#fault.catch(() => undefined);
    this.#emit({ type: 'device', at: this.elapsed(), device: device.report });
    await this.#checkpoint();

    const backbone = await this.#guard(this.#parts.loadBackbone(loaded));
    await this.#checkpoint();
    const { file, tags, sha256 } = await this.#guard(this.#parts.loadTrajectories(loaded));
    await this.#checkpoint();
    loaded('encoding trajectories');
    if (!backbone.tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, which is needed to find the roles of tokens.`);
    const { maxPositions, vocabSize } = backbone.config;
    const { encoded, refused, notes } = encodeTrajectories(file.trajectories, backbone.tokenizer, { tags, routing: this.#config.routing, maxTokens: maxPositions, vocabSize });
    const inventory = await takeInventory(encoded, file.trajectories, this.#config.maxGroups);
    const adapters = await this.#guard(this.#parts.loadAdapters(backbone));

    this.#phase('compile', 'uploading weights and compiling kernels');
    const decoder = await this.#guard(
      device.createDecoder(backbone, adapters?.stacked ?? null, (done, total) => this.#compiled(done, total)),
    );
    this.#decoder = decoder;
    await this.#checkpoint();

    const { parameterSet } = this.#config;
    const [first] = inventory.groups;
    const group = decoder.openGramGroup({ parameterSet, spanCapacity: first.spans.length });
    const { modules } = group;
    group.close();
    const { views, trajectories, spans, tokens } = inventory;
    const { name, parameters, quantisation, sha256: weights } = backbone;
    this.#emit({
      type: 'inventory',
      at: this.elapsed(),
      views,
      trajectories,
      spans,
      modules,
      problems: [...file.problems, ...refused],
      notes: adapters ? [...notes, adapters.note] : notes,
      tokens,
      backbone: { name, parameters, quantisation, sha256: weights },
      dataSha256: sha256,
    });
    const measured = modules.filter(({ layer }) => layer === 0).length;
    this.#phase('forward/backward', `${plural(inventory.groups.length, 'question', 'questions')}, ${plural(trajectories.length, 'trajectory', 'trajectories')}, ${measured} modules in each of ${plural(backbone.config.layers, 'layer', 'layers')}`);
    await this.#measure(decoder, inventory, modules.length, backbone, device.report.software);

    this.#phase('finished', '');
    this.#emit({ type: 'finished', at: this.elapsed(), seconds: this.#active() / 1000, peakGpuBytes: decoder.memory.peakBytes });
  }

  async #measure(decoder: DecoderApi, inventory: RunInventory, modules: number, backbone: Backbone, software: boolean): Promise<void> {
    const rows = inventory.encoded.map(({ tokens }, index) => rowsOf(tokens.length, inventory.ranges[index]));
    const pace = new Pace(rows.reduce((sum, cost) => sum + cost, 0), this.#active());
    const done = { trajectories: 0, tokens: 0, rows: 0 };
    for (const group of inventory.groups) {
      if (group.spans.length === 0) continue;
      const options = { parameterSet: this.#config.parameterSet, spanCapacity: group.spans.length };
      const members = Array.from({ length: group.end - group.start }, (_, index) => group.start + index);
      const batches = decoder.mustAddWhole(options)
        ? [members]
        : microBatches(members.map((index) => rows[index]), backbone.parameters, software).map((batch) => batch.map((index) => members[index]));
      const open = decoder.openGramGroup(options);
      try {
        const block = new BlockAssembler(group.name, group.spans, modules);
        for (const batch of batches) {
          await this.#checkpoint();
          await this.#add(open, block, inventory, batch);
          done.trajectories = batch[batch.length - 1] + 1;
          for (const index of batch) {
            done.tokens += inventory.encoded[index].tokens.length;
            done.rows += rows[index];
          }
          this.#progress(pace, done, inventory, decoder);
        }
      } finally {
        open.close();
      }
    }
  }

  async #add(open: GramGroup, block: BlockAssembler, inventory: RunInventory, batch: readonly number[]): Promise<void> {
    const sequences = batch.map((index) => ({ tokens: inventory.encoded[index].tokens, adapters: inventory.encoded[index].adapters }));
    block.add(await this.#guard(open.add(sequences, batch.map((index) => inventory.ranges[index]))));
    this.#emit({ type: 'block', at: this.elapsed(), ...block.snapshot() });
  }

  #progress(pace: Pace, done: { readonly trajectories: number; readonly tokens: number; readonly rows: number }, inventory: RunInventory, decoder: DecoderApi): void {
    this.#emit({
      type: 'progress',
      at: this.elapsed(),
      tokensDone: done.tokens,
      tokensTotal: inventory.tokens,
      ...pace.step(this.#active(), done.tokens, done.rows),
      trajectoriesDone: done.trajectories,
      gpuBytes: decoder.memory.bytes,
    });
  }

  /** Milliseconds since the start without pauses. */
  #active(): number {
    return this.elapsed() - this.#checkpoints.pausedMs;
  }

  #phase(phase: 'load' | 'compile' | 'forward/backward' | 'finished', detail: string): void {
    this.#emit({ type: 'phase', at: this.elapsed(), phase, detail });
  }

  /** Some tens of kernels compile at once: one line in half a second, and the last. */
  #compiled(done: number, total: number): void {
    const now = this.#now();
    if (done < total && now - this.#lastCompiled < 500) return;
    this.#lastCompiled = now;
    this.#phase('compile', `${done} of ${total} kernels`);
  }

  /** A lost device may leave promises that never settle. */
  async #guard<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#fault ? Promise.race([promise, this.#fault]) : promise;
  }

  #checkpoint(): Promise<void> {
    return this.#checkpoints.pass();
  }
}
