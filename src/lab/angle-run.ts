import type { Backbone } from '../backbone/load.ts';
import { BackboneError } from '../backbone/types.ts';
import type { TagSettings, TrajectoryFile } from '../core/trajectory/types.ts';
import type { DecoderApi, GramGroup } from '../engine/types.ts';
import { encodeTrajectories, plural } from './encode.ts';
import type { AngleEvent, AngleRunConfig, DeviceReport, Phase } from './events.ts';
import { BlockAssembler } from './gram-block.ts';
import { takeInventory, type RunInventory } from './inventory.ts';
import { JobFrame, runJob, type Job } from './job.ts';
import { gradientRows, microBatches, rowsOf, type BatchMemory } from './micro-batches.ts';
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
  await runJob<AngleEvent>(control, emit, (tell) => new AngleJob(config, parts, control, tell));
}

class AngleJob implements Job<AngleEvent> {
  readonly #config: AngleRunConfig;
  readonly #parts: AngleRunParts;
  readonly #control: RunControl;
  readonly frame: JobFrame<Phase>;
  readonly #emit: (event: AngleEvent) => void;
  #decoder: DecoderApi | null = null;

  constructor(config: AngleRunConfig, parts: AngleRunParts, control: RunControl, emit: (event: AngleEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#control = control;
    this.#emit = emit;
    // An angle run's phases have no fraction. Some tens of kernels compile at once: one line in half a second, and the last.
    this.frame = new JobFrame<Phase>({ control, emit, tellPhase: ({ type, at, phase, detail }) => emit({ type, at, phase, detail }), parts, countedMs: 500 });
  }

  release(): void {
    this.#decoder?.destroy();
    this.#decoder = null;
  }

  async run(): Promise<AngleEvent> {
    const loaded = (detail: string): void => this.frame.phase('load', detail);
    loaded('looking for a graphics device');
    const device = await this.#parts.openDevice();
    this.frame.device.watch(device.fault);
    this.#emit({ type: 'device', at: this.frame.elapsed(), device: device.report });
    await this.frame.checkpoints.pass();

    const backbone = await this.frame.guard(this.#parts.loadBackbone(loaded));
    await this.frame.checkpoints.pass();
    const { file, tags, sha256 } = await this.frame.guard(this.#parts.loadTrajectories(loaded));
    await this.frame.checkpoints.pass();
    loaded('encoding trajectories');
    if (!backbone.tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, which is needed to find the roles of tokens.`);
    const { maxPositions, vocabSize } = backbone.config;
    const { encoded, refused, notes } = encodeTrajectories(file.trajectories, backbone.tokenizer, { tags, routing: this.#config.routing, maxTokens: maxPositions, vocabSize });
    const inventory = await takeInventory(encoded, file.trajectories, this.#config.maxGroups);
    const adapters = await this.frame.guard(this.#parts.loadAdapters(backbone));

    this.frame.phase('compile', 'uploading weights and compiling kernels');
    const decoder = await this.frame.guard(
      device.createDecoder(backbone, adapters?.stacked ?? null, (done, total) => this.frame.counted('compile', `${done} of ${total} kernels`, done / total)),
    );
    this.#decoder = decoder;
    await this.frame.checkpoints.pass();

    const { parameterSet } = this.#config;
    const [first] = inventory.groups;
    const group = decoder.openGramGroup({ parameterSet, spanCapacity: first.spans.length });
    const { modules } = group;
    group.close();
    const { views, trajectories, spans, tokens } = inventory;
    const { name, parameters, quantisation, sha256: weights } = backbone;
    this.#emit({
      type: 'inventory',
      at: this.frame.elapsed(),
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
    this.frame.phase('forward/backward', `${plural(inventory.groups.length, 'question', 'questions')}, ${plural(trajectories.length, 'trajectory', 'trajectories')}, ${measured} modules in each of ${plural(backbone.config.layers, 'layer', 'layers')}`);
    await this.#measure(decoder, inventory, modules.length, backbone, device.report.software, adapters?.stacked.layout.width ?? 0);

    this.frame.phase('finished', '');
    return { type: 'finished', at: this.frame.elapsed(), seconds: this.frame.active() / 1000, peakGpuBytes: decoder.memory.peakBytes };
  }

  async #measure(decoder: DecoderApi, inventory: RunInventory, modules: number, backbone: Backbone, software: boolean, adapterWidth: number): Promise<void> {
    const rows = inventory.encoded.map(({ tokens }, index) => rowsOf(tokens.length, inventory.ranges[index]));
    const pace = new Pace(rows.reduce((sum, cost) => sum + cost, 0), this.frame.active());
    const done = { trajectories: 0, tokens: 0, rows: 0 };
    const memoryOf = (members: readonly number[]): BatchMemory => ({
      shape: { config: backbone.config, adapterWidth },
      sizes: members.map((index) => ({ tokens: inventory.encoded[index].tokens.length, rows: gradientRows(inventory.ranges[index]) })),
    });
    for (const group of inventory.groups) {
      if (group.spans.length === 0) continue;
      const options = { parameterSet: this.#config.parameterSet, spanCapacity: group.spans.length };
      const members = Array.from({ length: group.end - group.start }, (_, index) => group.start + index);
      const batches = decoder.mustAddWhole(options)
        ? [members]
        : microBatches(members.map((index) => rows[index]), backbone.parameters, software, memoryOf(members)).map((batch) => batch.map((index) => members[index]));
      const open = decoder.openGramGroup(options);
      try {
        const block = new BlockAssembler(group.name, group.spans, modules);
        for (const batch of batches) {
          await this.frame.checkpoints.pass();
          const [tokens, cost] = [batch.reduce((sum, index) => sum + inventory.encoded[index].tokens.length, 0), batch.reduce((sum, index) => sum + rows[index], 0)];
          await this.#add(open, block, inventory, batch, async (share) => {
            this.#progress(pace, { trajectories: done.trajectories, tokens: done.tokens + Math.floor(share * tokens), rows: done.rows + share * cost }, inventory, decoder);
            await this.frame.checkpoints.pass();
          });
          done.trajectories = batch[batch.length - 1] + 1;
          done.tokens += tokens;
          done.rows += cost;
          this.#progress(pace, done, inventory, decoder);
        }
      } finally {
        open.close();
      }
    }
  }

  /** @param between waited for between the passes of an addition that needs several, with the share that is done */
  async #add(open: GramGroup, block: BlockAssembler, inventory: RunInventory, batch: readonly number[], between: (share: number) => Promise<void>): Promise<void> {
    const sequences = batch.map((index) => ({ tokens: inventory.encoded[index].tokens, adapters: inventory.encoded[index].adapters }));
    const onProgress = (done: number, total: number): Promise<void> | undefined => (done < total ? between(done / total) : undefined);
    block.add(await this.frame.guard(open.add(sequences, batch.map((index) => inventory.ranges[index]), { onProgress, signal: this.#control.signal })));
    this.#emit({ type: 'block', at: this.frame.elapsed(), ...block.snapshot() });
  }

  #progress(pace: Pace, done: { readonly trajectories: number; readonly tokens: number; readonly rows: number }, inventory: RunInventory, decoder: DecoderApi): void {
    this.#emit({
      type: 'progress',
      at: this.frame.elapsed(),
      tokensDone: done.tokens,
      tokensTotal: inventory.tokens,
      ...pace.step(this.frame.active(), done.tokens, done.rows),
      trajectoriesDone: done.trajectories,
      gpuBytes: decoder.memory.bytes,
    });
  }
}
