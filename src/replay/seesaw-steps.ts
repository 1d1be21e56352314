import type { SeesawRecord } from '../core/record/seesaw-record.ts';
import type { SeesawEvent } from '../lab/seesaw-events.ts';
import type { ReplayStep } from './replay-events.ts';

/** A training record as the events of its run. Pauses of the recorded run are left out: the replay has its own. */
export function seesawSteps({ events }: SeesawRecord): ReplayStep<SeesawEvent>[] {
  return events.filter(({ type }) => type !== 'paused' && type !== 'resumed').map((event) => ({ at: event.at, type: event.type, make: () => event }));
}
