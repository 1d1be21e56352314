import type { Backbone } from '../backbone/load.ts';
import { Random } from '../core/random.ts';
import type { Provider } from '../inference/types.ts';
import { createdUnlessCancelled } from './created.ts';
import { toFailure } from './failure.ts';
import { JobFrame, runJob, type Job } from './job.ts';
import { checkDifference, drawEntries } from './model-check-differences.ts';
import type { CheckEngine } from './model-check-engine.ts';
import type { CheckPhase, DifferenceCheck, ModelCheckConfig, ModelCheckEvent, PhaseMeasure } from './model-check-events.ts';
import { compareLogprobs, parityTolerance, sessionLogprobs } from './model-check-parity.ts';
import type { CheckDevice, ModelCheckParts } from './model-check-parts.ts';
import { checkAdapters, checkSequence, lossesFrom, type CheckSequence } from './model-check-plan.ts';
import { backwardVerdict, differencesVerdict, memoryVerdict, parityVerdict } from './model-check-verdicts.ts';
import { plural } from './encode.ts';
import type { RunControl } from './run-control.ts';
import type { StackedAdapters } from './run-adapters.ts';

/** Two positions in each of the four spans. */
const LEAST_TOKENS = 8;

class LengthError extends Error {
  override readonly name = 'LengthError';
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Forward passes of an entry's differences, for the time that is left: two steps as a rule. */
const FORWARDS_OF_ENTRY = 4;

/**
 * Proves a backbone on this device: what the engine takes, what it computes beside onnxruntime, and its gradients beside
 * differences of its own loss. It never throws: a failure is an event, and whatever was told before stands. Steered
 * through `control` between passes through the model.
 */
export async function runModelCheck(config: ModelCheckConfig, parts: ModelCheckParts, control: RunControl, emit: (event: ModelCheckEvent) => void): Promise<void> {
  await runJob<ModelCheckEvent>(control, emit, (tell) => new ModelCheckJob(config, parts, control, tell));
}

/** What the engine's part leaves for the comparison with onnxruntime. */
interface Computed {
  readonly logprobs: Float32Array;
  readonly longestMs: number;
}

class ModelCheckJob implements Job<ModelCheckEvent> {
  readonly #config: ModelCheckConfig;
  readonly #parts: ModelCheckParts;
  readonly #control: RunControl;
  readonly #emit: (event: ModelCheckEvent) => void;
  readonly frame: JobFrame<CheckPhase>;
  #engine: CheckEngine | null = null;
  #secondsLeft: number | null = null;
  /** Of the present phase: active milliseconds and operations at its start. */
  #began = { active: 0, flops: 0 };

  constructor(config: ModelCheckConfig, parts: ModelCheckParts, control: RunControl, emit: (event: ModelCheckEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#control = control;
    this.#emit = emit;
    this.frame = new JobFrame({ control, emit, tellPhase: (phase) => emit({ ...phase, secondsLeft: this.#secondsLeft }), parts });
  }

  release(): void {
    this.#engine?.destroy();
    this.#engine = null;
  }

  async run(): Promise<ModelCheckEvent> {
    const { tokens, seed } = this.#config;
    if (!(tokens >= LEAST_TOKENS)) throw new LengthError(`A check needs ${LEAST_TOKENS} tokens or more, not ${tokens}.`, 'Choose a longer sequence.');
    this.#begin('load', 'looking for a graphics device');
    const device = await this.#parts.openDevice();
    this.frame.device.watch(device.fault);
    this.#emit({ type: 'device', at: this.frame.elapsed(), device: device.report });
    const backbone = await this.#load();
    if (tokens > backbone.config.maxPositions) throw new LengthError(`The backbone has ${backbone.config.maxPositions} positions, fewer than the ${tokens} tokens of the check.`, 'Choose a shorter sequence.');
    const predicted = await this.#predict(backbone, device);
    const adapters = checkAdapters(backbone.config, seed);
    const sequence = checkSequence(backbone.config, tokens, seed);
    const { logprobs, longestMs } = await this.#compute(backbone, adapters, sequence, device);
    const peak = this.#engine!.memory.peakBytes;
    this.#emit({ type: 'verdict', at: this.frame.elapsed(), verdict: memoryVerdict(peak, predicted) });
    // A session holds a copy of the backbone: only one of them is there at a time.
    this.release();
    await this.#compare(backbone, adapters, sequence, logprobs, peak);
    return { type: 'finished', at: this.frame.elapsed(), seconds: this.frame.active() / 1000, longestSubmitMs: longestMs };
  }

  async #load(): Promise<Backbone> {
    const backbone = await this.#parts.loadBackbone((step) => this.frame.phase('load', step));
    const { name, sha256, parameters, quantisation, model, config } = backbone;
    this.#emit({ type: 'backbone', at: this.frame.elapsed(), backbone: { name, sha256, parameters, quantisation, layers: config.layers, file: model.path } });
    this.#measured('load', `${plural(config.layers, 'layer', 'layers')}, ${quantisation}`, null);
    await this.frame.checkpoints.pass();
    return backbone;
  }

  async #predict(backbone: Backbone, device: CheckDevice): Promise<number> {
    this.#begin('predict', 'counting what the engine will allocate');
    const predicted = await this.#parts.predict(backbone, this.#config.tokens, device);
    this.#emit({ type: 'predicted', at: this.frame.elapsed(), predicted });
    this.#measured('predict', `a training step of ${this.#config.tokens} tokens, two adapters, two losses`, null, { peak: predicted.peak });
    await this.frame.checkpoints.pass();
    return predicted.peak;
  }

  async #compute(backbone: Backbone, adapters: StackedAdapters, check: CheckSequence, device: CheckDevice): Promise<Computed> {
    const { tokens } = this.#config;
    this.#begin('prepare', 'uploading the weights');
    const engine = await this.#created(device.createEngine(backbone, adapters, check.vectors.length, (detail, fraction) => this.frame.counted('prepare', detail, fraction)));
    this.#engine = engine;
    this.#measured('prepare', 'weights uploaded, kernels compiled', null);
    await this.frame.checkpoints.pass();

    this.#begin('forward', plural(tokens, 'token', 'tokens'));
    const logprobs = await this.frame.guard(engine.logprobs(check.sequence));
    const mean = logprobs.reduce((sum, value) => sum + value, 0) / logprobs.length;
    const milliseconds = this.#measured('forward', `log π of ${plural(logprobs.length, 'token', 'tokens')}, ${mean.toFixed(3).replace('-', '−')} nats in the mean`, tokens);
    await this.frame.checkpoints.pass();

    this.#begin('backward', `two losses, ${plural(tokens, 'token', 'tokens')}`);
    const { losses, gradients } = await this.frame.guard(engine.backward(check.sequence, check.vectors));
    this.#measured('backward', `gradients of ${plural(gradients.length, 'loss', 'losses')} into both adapters of every layer`, tokens);
    this.#emit({ type: 'verdict', at: this.frame.elapsed(), verdict: backwardVerdict(losses, lossesFrom(logprobs, check.vectors), gradients) });
    await this.frame.checkpoints.pass();

    await this.#differences(engine, adapters, check, { gradients, layers: backbone.config.layers, milliseconds });
    return { logprobs, longestMs: engine.work.longestMs };
  }

  async #differences(
    engine: CheckEngine,
    { layout, values }: StackedAdapters,
    { sequence, vectors }: CheckSequence,
    { gradients, layers, milliseconds }: { readonly gradients: readonly Float32Array[]; readonly layers: number; readonly milliseconds: number },
  ): Promise<void> {
    const drawn = drawEntries(layout, gradients, layers, new Random(this.#config.seed).stream('check entries'));
    const entries = drawn.filter((entry) => entry !== null);
    this.#begin('differences', `${plural(entries.length, 'entry', 'entries')} of the adapters`);
    const checks: DifferenceCheck[] = [];
    let forwards = 0;
    for (const [place, entry] of entries.entries()) {
      let own = 0;
      const lossesAt = async (value: number): Promise<readonly number[]> => {
        engine.write(entry.index, value);
        const logprobs = await this.frame.guard(engine.logprobs(sequence));
        forwards += 1;
        own += 1;
        const left = Math.max(0, FORWARDS_OF_ENTRY - own) + (entries.length - place - 1) * FORWARDS_OF_ENTRY;
        this.#secondsLeft = (left * milliseconds) / 1000;
        this.frame.counted('differences', `${part(entry)} of layer ${entry.layer}, ${entry.target}`, (place + Math.min(1, own / FORWARDS_OF_ENTRY)) / entries.length);
        await this.frame.checkpoints.pass();
        return lossesFrom(logprobs, vectors);
      };
      const check = await checkDifference(entry, values[entry.index], lossesAt);
      engine.write(entry.index, values[entry.index]);
      checks.push(check);
      this.#emit({ type: 'difference', at: this.frame.elapsed(), difference: check });
    }
    this.#secondsLeft = null;
    this.#measured('differences', `${plural(checks.length, 'entry', 'entries')}, ${plural(forwards, 'forward pass', 'forward passes')}`, forwards * this.#config.tokens);
    this.#emit({ type: 'verdict', at: this.frame.elapsed(), verdict: differencesVerdict(checks, drawn.length - entries.length) });
  }

  /** What onnxruntime cannot do takes nothing from the rest; a graph that should decode and does not is a fault. */
  async #compare(backbone: Backbone, adapters: StackedAdapters, check: CheckSequence, logprobs: Float32Array, peak: number): Promise<void> {
    this.#begin('onnxruntime', 'reading the graph');
    try {
      const undecodable = await this.#parts.undecodable(backbone, adapters);
      if (undecodable !== null) {
        this.#uncompared('told', undecodable, peak);
        return;
      }
      this.frame.phase('onnxruntime', 'opening a session');
      const { session, report } = await this.#created(this.#parts.openSession(backbone, adapters).then((opened) => ({ ...opened, destroy: () => opened.session.destroy() })));
      try {
        await this.frame.checkpoints.pass();
        const began = this.frame.active();
        const stepping = sessionLogprobs(session, check.sequence, async (done, total) => {
          this.#secondsLeft = ((this.frame.active() - began) / done) * ((total - done) / 1000);
          this.frame.counted('onnxruntime', `${done} of ${plural(total, 'token', 'tokens')} on ${providerName(report.provider)}`, done / total);
          await this.frame.checkpoints.pass();
        });
        const result = await this.frame.guard(stepping);
        this.#secondsLeft = null;
        const { max, mean } = compareLogprobs(logprobs, result);
        const parity = { provider: report, tokens: logprobs.length, maxDifference: max, meanDifference: mean, ...parityTolerance(backbone.weights) };
        // Opening the session is no part of its speed.
        this.#measured('onnxruntime', `log π of the same tokens on ${providerName(report.provider)}`, 2 * (check.sequence.tokens.length - 1), { peak, computing: this.frame.active() - began });
        this.#emit({ type: 'parity', at: this.frame.elapsed(), parity });
        this.#emit({ type: 'verdict', at: this.frame.elapsed(), verdict: parityVerdict(parity) });
      } finally {
        // On a lost device it may never end.
        await this.frame.guard(session.destroy());
      }
    } catch (error) {
      if (this.#control.cancelled || this.frame.device.lost !== null) throw error;
      this.#uncompared('failed', toFailure(error).message, peak);
    }
  }

  #uncompared(outcome: 'told' | 'failed', reason: string, peak: number): void {
    this.#secondsLeft = null;
    this.#measured('onnxruntime', 'not compared', null, { peak });
    this.#emit({ type: 'verdict', at: this.frame.elapsed(), verdict: { kind: 'onnxruntime', outcome, finding: `Not compared with onnxruntime. ${reason}` } });
  }

  /** As `createdUnlessCancelled`. */
  #created<Value extends { destroy(): unknown }>(creating: Promise<Value>): Promise<Value> {
    return createdUnlessCancelled(creating, this.#control.signal, (promise) => this.frame.guard(promise));
  }

  #begin(phase: CheckPhase, detail: string): void {
    this.#began = { active: this.frame.active(), flops: this.#engine?.work.flops ?? 0 };
    this.frame.phase(phase, detail);
  }

  /** Tells what the present phase took. @returns its milliseconds */
  #measured(phase: CheckPhase, result: string, tokens: number | null, { peak, computing }: { readonly peak?: number; readonly computing?: number } = {}): number {
    const engine = this.#engine;
    const milliseconds = this.frame.active() - this.#began.active;
    const flops = engine && tokens !== null ? engine.work.flops - this.#began.flops : null;
    const measure: PhaseMeasure = { phase, milliseconds, computing: computing ?? milliseconds, tokens, flops, gpuBytes: engine?.memory.bytes ?? 0, peakBytes: peak ?? engine?.memory.peakBytes ?? 0, result };
    this.#emit({ type: 'measured', at: this.frame.elapsed(), measure });
    return milliseconds;
  }
}

function providerName(provider: Provider): string {
  return provider === 'webgpu' ? 'WebGPU' : 'WebAssembly';
}

function part({ part: letter, adapter }: { readonly part: 'A' | 'B'; readonly adapter: number }): string {
  return `${letter} of adapter ${adapter}`;
}
