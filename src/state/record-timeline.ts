import type { RunRecord } from '../core/record/schema.ts';
import type { AngleEvent } from '../lab/events.ts';

type Timeline = RunRecord['timeline'];

const MAX_PROGRESS = 200;

/** What happened when, as a run record keeps it: times and counts, never the blocks themselves, which are megabytes. */
export class RunTimeline {
  readonly #phases: Timeline['phases'] = [];
  readonly #progress: Timeline['progress'] = [];
  readonly #blocks: Timeline['blocks'] = [];
  #inventoryAt = 0;
  #finishedAt: number | null = null;

  add(event: AngleEvent): void {
    if (event.type === 'phase') this.#phases.push({ at: event.at, phase: event.phase, detail: event.detail });
    else if (event.type === 'inventory') this.#inventoryAt = event.at;
    else if (event.type === 'block') this.#blocks.push({ at: event.at, group: event.block.group, spans: event.block.spans.length });
    else if (event.type === 'finished') this.#finishedAt = event.at;
    else if (event.type === 'progress') {
      const { at, tokensDone, tokensTotal, tokensPerSecond, secondsLeft, trajectoriesDone, gpuBytes } = event;
      this.#progress.push({ at, tokensDone, tokensTotal, tokensPerSecond, secondsLeft, trajectoriesDone, gpuBytes });
    }
  }

  /** Progress thinned out evenly, its last one kept. */
  recorded(): Timeline {
    const step = Math.ceil(this.#progress.length / MAX_PROGRESS);
    const last = this.#progress.length - 1;
    return {
      phases: [...this.#phases],
      inventoryAt: this.#inventoryAt,
      progress: this.#progress.filter((_, index) => index % step === 0 || index === last),
      blocks: [...this.#blocks],
      finishedAt: this.#finishedAt,
    };
  }
}
