import type { AngleEvent } from '../lab/events.ts';
import type { LeasEvent } from '../lab/leas-events.ts';
import type { ModelCheckEvent } from '../lab/model-check-events.ts';
import type { RolloutEvent } from '../lab/rollout-events.ts';
import type { SeesawEvent } from '../lab/seesaw-events.ts';
import type { TagWarmUpEvent } from '../lab/tag-warm-up-events.ts';
import type { Message } from './protocol.ts';

const MESSAGES: Readonly<Record<Message['type'], true>> = { event: true, 'rollout-event': true, 'seesaw-event': true, 'leas-event': true, 'model-check-event': true, 'tag-warm-up-event': true, check: true, 'check-failed': true, tags: true, probe: true };
const EVENTS: Readonly<Record<AngleEvent['type'], true>> = {
  phase: true, device: true, inventory: true, progress: true, block: true, paused: true, resumed: true, cancelled: true, finished: true, failed: true,
};

const ROLLOUT_EVENTS: Readonly<Record<RolloutEvent['type'], true>> = {
  phase: true, device: true, ready: true, tokens: true, search: true, rollout: true, progress: true, parity: true, 'no-parity': true,
  paused: true, resumed: true, cancelled: true, finished: true, failed: true,
};

const SEESAW_EVENTS: Readonly<Record<SeesawEvent['type'], true>> = {
  phase: true, device: true, ready: true, 'run-started': true, step: true, evaluation: true, frozen: true, adapters: true, checkpoint: true, 'checkpoint-failed': true,
  'run-finished': true, recovered: true, progress: true, paused: true, resumed: true, cancelled: true, finished: true, failed: true,
};

const LEAS_EVENTS: Readonly<Record<LeasEvent['type'], true>> = {
  phase: true, device: true, training: true, ready: true, rollouts: true, progress: true, samples: true, 'store-failed': true,
  paused: true, resumed: true, cancelled: true, finished: true, failed: true,
};

const CHECK_EVENTS: Readonly<Record<ModelCheckEvent['type'], true>> = {
  phase: true, device: true, backbone: true, predicted: true, measured: true, difference: true, parity: true, verdict: true,
  paused: true, resumed: true, cancelled: true, finished: true, failed: true,
};

const TAG_EVENTS: Readonly<Record<TagWarmUpEvent['type'], true>> = {
  phase: true, device: true, ready: true, measured: true, step: true,
  paused: true, resumed: true, cancelled: true, finished: true, failed: true,
};

const KNOWN: ReadonlyMap<string, object> = new Map<Message['type'], object>([['event', EVENTS], ['rollout-event', ROLLOUT_EVENTS], ['seesaw-event', SEESAW_EVENTS], ['leas-event', LEAS_EVENTS], ['model-check-event', CHECK_EVENTS], ['tag-warm-up-event', TAG_EVENTS]]);

function isMessage(data: unknown): data is Message {
  if (typeof data !== 'object' || data === null || !('type' in data) || typeof data.type !== 'string' || !Object.hasOwn(MESSAGES, data.type)) return false;
  const known = KNOWN.get(data.type);
  if (known === undefined) return true;
  if (!('run' in data) || typeof data.run !== 'number' || !('event' in data)) return false;
  const { event } = data;
  return typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string' && Object.hasOwn(known, event.type) && 'at' in event && typeof event.at === 'number';
}

/**
 * A message of our own worker, or null. Both sides are built from one source, so the discriminants are what is checked:
 * they show a stale worker of another version of the page.
 */
export function parseMessage(data: unknown): Message | null {
  return isMessage(data) ? data : null;
}
