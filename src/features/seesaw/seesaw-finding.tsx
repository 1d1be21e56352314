import { isTraining } from '../../state/seesaw/run-store.ts';
import type { SeesawState } from '../../state/seesaw/types.ts';
import { errorWords, intervalWords } from '../../training/aggregate.ts';
import { formatDuration, plural } from '../../ui/format.ts';
import { LiveRegion } from '../../ui/live-region.tsx';
import { seedCount, type ShownArm } from './arm-runs.ts';
import { commonStep, findingOf } from './finding.ts';
import styles from './seesaw-finding.module.css';
import { PHASE } from './words.ts';

/** What was measured and what it says of the page's question; before a run, what will be. */
export function SeesawFinding({ run, arms }: { readonly run: SeesawState; readonly arms: readonly ShownArm[] }) {
  const step = commonStep(arms);
  const finding = findingOf(arms, step ?? 0);
  const over = run.status === 'finished' || run.status === 'cancelled';
  return (
    <div className={styles.finding}>
      <p className={styles.text}>{finding?.sentence ?? waitingText(run)}</p>
      {finding !== null && finding.answer !== '' && <p className={styles.answer}>{finding.answer}</p>}
      <p className={styles.note}>{noteText(run, arms, finding !== null)}</p>
      <LiveRegion text={over && finding ? `${finding.sentence} ${finding.answer}` : ''} />
    </div>
  );
}

function waitingText(run: SeesawState): string {
  switch (run.status) {
    case 'idle':
      return 'Train two arms side by side: one adapter for everything, and one adapter for each skill. The beam shows whether one skill rises at the other’s cost.';
    case 'loading':
      return run.phase === null ? 'Starting.' : `${PHASE[run.phase]}${run.detail === '' ? '' : `: ${run.detail}`}.`;
    case 'running':
    case 'paused':
      return 'The first evaluation, before any step, says where the agent stands.';
    case 'cancelled':
      return 'The run was cancelled before the first evaluation.';
    case 'failed':
      return 'The run stopped before the first evaluation.';
    case 'finished':
      return 'The run finished without an evaluation.';
  }
}

function noteText({ status, progress, ready }: SeesawState, arms: readonly ShownArm[], found: boolean): string {
  if (status === 'idle') return 'Tool skill: how often its searches find a golden answer. Reasoning skill: how often it answers right from the gold passages. Both on questions that no arm is trained on, against the frozen backbone.';
  if (!found) return 'Nothing leaves this machine.';
  const errors = `± is ${errorWords(seedCount(arms))}; ${intervalWords(seedCount(arms))}.`;
  const held = ready === null ? '' : ` ${plural(ready.evaluationQuestions, 'held-out question')}.`;
  if (!isTraining(status)) return `${errors}${held}`;
  const left = progress?.secondsLeft ?? null;
  return `So far${progress === null ? '' : `: ${progress.done} of ${plural(progress.total, 'step')}`}${left === null || status === 'paused' ? '' : `, ${formatDuration(left)} left`}; the sentence follows the numbers. ${errors}${held}`;
}
