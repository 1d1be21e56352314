import type { GramBlock, ParameterSet, SpanGram } from '../core/gram/types.ts';
import type { AngleEvent, DeviceReport, Failure, Phase } from '../lab/events.ts';
import { RunTimeline } from './record-timeline.ts';

export type Inventory = Extract<AngleEvent, { readonly type: 'inventory' }>;
export type Progress = Extract<AngleEvent, { readonly type: 'progress' }>;
export type RunStatus = 'idle' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/**
 * What a run has told so far, whether live or replayed: append-only, outside React. Readers hold on to no array across
 * revisions; `gram()` is a view of the newest blocks.
 */
export class AngleRun {
  status: RunStatus = 'idle';
  phase: Phase | null = null;
  detail = '';
  device: DeviceReport | null = null;
  inventory: Inventory | null = null;
  progress: Progress | null = null;
  failure: Failure | null = null;
  /** Seconds of the whole run once finished, and the most GPU bytes it held. */
  seconds: number | null = null;
  peakGpuBytes = 0;
  readonly log: LogLine[] = [];
  readonly timeline = new RunTimeline();
  readonly parameterSet: ParameterSet;
  #blocks = new Map<string, GramBlock>();
  #losses = new Map<number, number>();
  #gram: SpanGram | null = null;
  #lossTable: Map<string, number> | null = null;

  constructor(parameterSet: ParameterSet) {
    this.parameterSet = parameterSet;
  }

  /** Spans with a loss and blocks so far. */
  gram(): SpanGram | null {
    const { inventory } = this;
    if (!inventory || this.#blocks.size === 0) return null;
    this.#gram ??= {
      parameterSet: this.parameterSet,
      modules: inventory.modules,
      trajectories: inventory.trajectories,
      spans: inventory.spans.map((span, index) => ({ ...span, loss: this.#losses.get(index) ?? span.loss })),
      blocks: [...this.#blocks.values()],
    };
    return this.#gram;
  }

  /** Nats of each measured span, by `trajectory-start`; the same object until a block changes it. */
  losses(): ReadonlyMap<string, number> | null {
    const { inventory } = this;
    if (!inventory || this.#losses.size === 0) return null;
    this.#lossTable ??= new Map(Array.from(this.#losses, ([index, loss]) => [`${inventory.spans[index].trajectory}-${inventory.spans[index].start}`, loss]));
    return this.#lossTable;
  }

  apply(event: AngleEvent): void {
    this.timeline.add(event);
    switch (event.type) {
      case 'phase':
        this.status = event.phase === 'finished' ? 'finished' : 'running';
        this.phase = event.phase;
        this.detail = event.detail;
        this.#note(event.at, `${event.phase}${event.detail === '' ? '' : `: ${event.detail}`}`);
        break;
      case 'device':
        this.device = event.device;
        this.#note(event.at, `device: ${event.device.description || event.device.vendor}`);
        break;
      case 'inventory':
        this.inventory = event;
        this.#gram = null;
        this.#note(event.at, `${event.trajectories.length} ${event.trajectories.length === 1 ? 'trajectory' : 'trajectories'}, ${event.tokens} tokens, ${event.spans.length} spans, ${event.modules.length} modules`);
        for (const note of event.notes ?? []) this.#note(event.at, note);
        for (const problem of event.problems) this.#note(event.at, `line ${problem.line} left out: ${problem.reason}`);
        break;
      case 'progress':
        this.progress = event;
        break;
      case 'block':
        this.#blocks.set(event.block.group, event.block);
        event.block.spans.forEach((span, index) => this.#losses.set(span, event.losses[index]));
        this.#gram = null;
        this.#lossTable = null;
        break;
      case 'paused':
        this.status = 'paused';
        this.#note(event.at, 'paused');
        break;
      case 'resumed':
        this.status = 'running';
        this.#note(event.at, 'resumed');
        break;
      case 'cancelled':
        this.status = 'cancelled';
        this.#note(event.at, 'cancelled');
        break;
      case 'finished':
        this.status = 'finished';
        this.phase = 'finished';
        this.seconds = event.seconds;
        this.peakGpuBytes = event.peakGpuBytes;
        this.#note(event.at, `finished in ${event.seconds.toFixed(1)} s`);
        break;
      case 'failed':
        this.status = 'failed';
        this.failure = event.failure;
        this.#note(event.at, `failed: ${event.failure.message}`);
        break;
    }
  }

  #note(at: number, text: string): void {
    this.log.push({ at, text });
  }
}
