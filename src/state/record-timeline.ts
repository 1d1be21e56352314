import type { RunRecord } from '../core/record/schema.ts';
import type { AngleEvent } from '../lab/events.ts';

const MAX_PROGRESS = 200;

/** What happened when, as a run record keeps it: progress thinned out evenly, its last one kept. */
export function recordTimeline(events: readonly AngleEvent[]): RunRecord['timeline'] {
  const timeline: RunRecord['timeline'] = { phases: [], inventoryAt: 0, progress: [], blocks: [], finishedAt: null };
  for (const event of events) {
    if (event.type === 'phase') timeline.phases.push({ at: event.at, phase: event.phase, detail: event.detail });
    else if (event.type === 'inventory') timeline.inventoryAt = event.at;
    else if (event.type === 'block') timeline.blocks.push({ at: event.at, group: event.block.group, spans: event.block.spans.length });
    else if (event.type === 'finished') timeline.finishedAt = event.at;
    else if (event.type === 'progress') {
      const { at, tokensDone, tokensTotal, tokensPerSecond, secondsLeft, trajectoriesDone, gpuBytes } = event;
      timeline.progress.push({ at, tokensDone, tokensTotal, tokensPerSecond, secondsLeft, trajectoriesDone, gpuBytes });
    }
  }
  const { progress } = timeline;
  const step = Math.ceil(progress.length / MAX_PROGRESS);
  if (step > 1) timeline.progress = progress.filter((_, index) => index % step === 0 || index === progress.length - 1);
  return timeline;
}
