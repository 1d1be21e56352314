import { leadingBlock } from '../core/gram/blocks.ts';
import type { SpanGram } from '../core/gram/types.ts';
import { fromDigits } from '../core/record/run-record.ts';
import type { RunRecord } from '../core/record/schema.ts';
import { PHASES, type AngleEvent, type Phase } from '../lab/events.ts';

function isPhase(phase: string): phase is Phase {
  return (PHASES as readonly string[]).includes(phase);
}

/** Events of equal time keep the order in which a live run tells them. */
const ORDER: Readonly<Record<AngleEvent['type'], number>> = {
  phase: 0, device: 1, inventory: 2, block: 3, progress: 4, paused: 5, resumed: 5, cancelled: 6, failed: 6, finished: 7,
};

function inventoryOf(record: RunRecord, gram: SpanGram): AngleEvent {
  const { inventory, timeline, backbone, hashes } = record;
  return {
    type: 'inventory',
    at: timeline.inventoryAt,
    views: inventory.views.map((view) => ({ ...view, roles: fromDigits(view.roles), adapters: fromDigits(view.adapters) })),
    trajectories: inventory.trajectories,
    // As in a live run, a span's loss becomes known with its block.
    spans: gram.spans.map((span) => ({ ...span, loss: Number.NaN })),
    modules: inventory.modules,
    problems: inventory.problems,
    tokens: inventory.tokens,
    backbone: { ...backbone, sha256: hashes.weights },
    dataSha256: hashes.data,
  };
}

/** An event to come. It is made when its time comes: a growing block's copies together would be some 100 MB. */
export interface ReplayStep<Event extends { readonly type: string } = AngleEvent> {
  readonly at: number;
  readonly type: Event['type'];
  /** Of a block: a later step of the same group replaces it. */
  readonly group?: string;
  readonly make: () => Event;
}

/**
 * A record as the events of the run it was made from, in order of time. What the record thinned out (most progress) is
 * missing; blocks grow as they did.
 * @param gram the record's span Gram (`gramOfRecord`, or read from where the record refers to)
 */
export function replaySteps(record: RunRecord, gram: SpanGram): ReplayStep[] {
  const { timeline, timings } = record;
  const steps: ReplayStep[] = [];
  const add = (event: AngleEvent): void => {
    steps.push({ at: event.at, type: event.type, make: () => event });
  };
  for (const { at, phase, detail } of timeline.phases) if (isPhase(phase)) add({ type: 'phase', at, phase, detail });
  if (record.device) add({ type: 'device', at: timeline.phases[0]?.at ?? 0, device: record.device });
  add(inventoryOf(record, gram));
  for (const progress of timeline.progress) add({ type: 'progress', ...progress });
  const blocks = new Map(gram.blocks.map((block) => [block.group, block]));
  for (const { at, group, spans } of timeline.blocks) {
    const whole = blocks.get(group);
    if (!whole) continue;
    const make = (): AngleEvent => {
      const block = leadingBlock(whole, gram.modules.length, spans);
      return { type: 'block', at, block, losses: Float64Array.from(block.spans, (index) => gram.spans[index].loss) };
    };
    steps.push({ at, type: 'block', group, make });
  }
  if (timeline.finishedAt !== null) add({ type: 'finished', at: timeline.finishedAt, seconds: timings.seconds, peakGpuBytes: timings.peakGpuBytes });
  // Sorting is stable: of one time and type, the recorded order stays.
  return steps.sort((a, b) => a.at - b.at || ORDER[a.type] - ORDER[b.type]);
}

/** What a replay is labelled with, always. */
export interface ReplayLabel {
  /** The device that it was recorded on, such as "Google SwiftShader (software)". */
  readonly device: string;
  /** The date of the recording, ISO 8601. */
  readonly date: string;
}

export function replayLabel(record: Pick<RunRecord, 'device' | 'createdAt'>): ReplayLabel {
  const { device } = record;
  const name = device ? device.description || [device.vendor, device.architecture].filter((part) => part !== '').join(' ') || 'an unnamed device' : 'an unknown device';
  return { device: device?.software ? `${name} (software)` : name, date: record.createdAt };
}
