import type { SeesawPhase } from '../../lab/seesaw-events.ts';
import type { RunStatus, SeesawState } from '../../state/seesaw/types.ts';
import { formatDate, formatDuration, plural } from '../../ui/format.ts';
import { deviceName } from '../../state/session.ts';

export const PHASE: Readonly<Record<SeesawPhase, string>> = {
  load: 'Reading the model and the questions',
  corpus: 'Indexing the corpus',
  session: 'Making the adapters',
  train: 'Training',
  evaluate: 'Evaluating on held-out questions',
  finished: 'Finished',
};

export const RUN_STATUS: Readonly<Record<RunStatus, string>> = { waiting: 'waiting', running: 'running', finished: 'finished', stopped: 'stopped' };

export function phaseText({ status, phase, detail, failure, seconds, origin }: SeesawState): string {
  const replay = origin.kind === 'recorded';
  switch (status) {
    case 'idle':
      return 'Ready';
    case 'loading':
    case 'running':
      return replay ? 'Replaying' : phase === null ? 'Starting' : `${PHASE[phase]}${detail === '' ? '' : `: ${detail}`}`;
    case 'paused':
      return replay ? 'Replay paused' : 'Paused';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return `Failed: ${failure?.message ?? 'no reason given'}`;
    case 'finished':
      return replay ? 'Replay complete' : seconds === null ? 'Finished' : `Finished in ${formatDuration(seconds)}`;
  }
}

/** Where the numbers come from, in one sentence for captions. */
export function sourceLine({ origin, device, ready, config }: SeesawState): string {
  const where = origin.kind === 'recorded' ? `recorded on ${origin.device}${origin.date === '' ? '' : `, ${formatDate(origin.date)}`}` : `trained on ${deviceName(device)}`;
  const what = config === null ? '' : ` ${plural(config.training.questions, 'question')} × ${plural(config.training.samples, 'sample')} a step, ${config.seeds.length === 1 ? `seed ${config.seeds[0]}` : `seeds ${config.seeds.join(', ')}`},`;
  const held = ready === null ? '' : ` Held out: ${plural(ready.evaluationQuestions, 'question')}.`;
  return `Backbone ${ready?.backbone.name ?? config?.backbone ?? 'unknown'},${what} ${where}.${held}`;
}
