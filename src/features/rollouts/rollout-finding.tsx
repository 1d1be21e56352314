import type { RolloutState } from '../../state/rollouts/types.ts';
import { LiveRegion } from '../../ui/live-region.tsx';
import { plural } from '../../ui/format.ts';
import styles from './rollout-finding.module.css';
import { PHASE, rolloutSentence, summarySentence } from './words.ts';

/** The measured sentence: of one rollout what it answered, of many the shares with their standard errors. */
export function RolloutFinding({ run }: { readonly run: RolloutState }) {
  const sentences = findings(run);
  const over = run.status === 'finished';
  return (
    <div className={styles.finding}>
      {sentences.map((sentence) => (
        <p key={sentence.label} className={styles.text}>
          {sentence.label !== '' && <span className={styles.label}>{`${sentence.label}: `}</span>}
          {sentence.text}
        </p>
      ))}
      <p className={styles.note}>{noteText(run)}</p>
      <LiveRegion text={over ? sentences.map(({ label, text }) => (label === '' ? text : `${label}: ${text}`)).join(' ') : ''} />
    </div>
  );
}

export function findings(run: RolloutState): readonly { readonly label: string; readonly text: string }[] {
  const names = run.config?.writers ?? [];
  const labelOf = (writer: number) => (names.length > 1 ? (names.at(writer)?.label ?? '') : '');
  const single = run.finished.length > 0 && run.finished.length <= names.length && (run.kind === 'asked' || run.status !== 'running');
  if (single) return run.finished.map((rollout) => ({ label: labelOf(rollout.writer), text: rolloutSentence(rollout) }));
  const summaries = run.progress?.summaries.filter((summary) => summary.rollouts > 0) ?? [];
  if (summaries.length > 0 && run.finished.length > 1) return summaries.map((summary) => ({ label: labelOf(summary.writer), text: summarySentence(summary) }));
  return [{ label: '', text: waitingText(run) }];
}

function waitingText(run: RolloutState): string {
  switch (run.status) {
    case 'idle':
      return 'Ask the agent a question: what it reasons appears on the upper line, what it asks its tool on the lower one, as it is written.';
    case 'loading':
      return run.phase === null ? 'Starting.' : `${PHASE[run.phase]}${run.detail === '' ? '' : `: ${run.detail}`}.`;
    case 'running':
    case 'paused':
      return run.kind === 'asked' ? 'The agent is writing.' : 'The first rollouts are being written.';
    case 'cancelled':
      return 'The run was cancelled before a rollout was finished.';
    case 'failed':
      return 'The run stopped before a rollout was finished.';
    case 'finished':
      return 'The run finished without a rollout.';
  }
}

function noteText(run: RolloutState): string {
  const total = run.ready?.rollouts ?? run.progress?.total ?? 0;
  const errors = run.progress?.summaries.some((summary) => summary.exactMatchError !== null) ? ' The figures after ± are standard errors in percentage points, clustered by question.' : '';
  switch (run.status) {
    case 'idle':
      return 'Every token is drawn here, in this browser, with the adapter of the role that it belongs to. The first question takes a few seconds more, while the model is read.';
    case 'loading':
      return run.ready === null ? 'Nothing leaves this machine.' : run.ready.retriever;
    case 'finished':
    case 'cancelled':
      return run.finished.length > 1 ? `From ${run.finished.length === total ? `all ${plural(total, 'rollout')}` : `${run.finished.length} of ${plural(total, 'rollout')}`}.${errors}` : (run.ready?.retriever ?? '');
    default:
      return total > 1 ? `So far from ${run.finished.length} of ${plural(total, 'rollout')}; the sentence follows the numbers.${errors}` : run.status === 'paused' ? 'Paused: step token by token, or resume.' : (run.ready?.retriever ?? '');
  }
}
