import type { LeasAnalysis } from '../../core/leas/analyse.ts';
import { isLeasBusy } from '../../state/leas/run-store.ts';
import type { LeasState } from '../../state/leas/types.ts';
import { formatDuration, plural } from '../../ui/format.ts';
import { LiveRegion } from '../../ui/live-region.tsx';
import styles from './leas-finding.module.css';
import { PHASE } from './words.ts';

interface Props {
  readonly run: LeasState;
  /** Of the set that is looked at; null before anything was counted. */
  readonly set: (LeasAnalysis & { readonly label: string }) | null;
  readonly several: boolean;
}

/** What was measured and what its sign proves; before a run, what will be. */
export function LeasFinding({ run, set, several }: Props) {
  const over = !isLeasBusy(run.status);
  const finding = set === null ? null : `${several ? `Set ${set.label}: ` : ''}${several ? set.finding : set.finding.charAt(0).toUpperCase() + set.finding.slice(1)}`;
  return (
    <div className={styles.finding}>
      <p className={styles.text}>{finding ?? waitingText(run)}</p>
      {set !== null && <p className={styles.caveat}>{set.caveat}</p>}
      <p className={styles.note}>{noteText(run, set !== null)}</p>
      <LiveRegion text={over && finding !== null && !run.analysing ? finding : ''} />
    </div>
  );
}

function waitingText({ status, phase, detail, training, opened }: LeasState): string {
  switch (status) {
    case 'idle':
      if (opened !== null) return 'The file names its models in words of its own: say below which is which.';
      return 'Four models answer the same questions: the backbone, one trained on reasoning tokens, one on tool tokens, one on both. Whether both together do more or less than each alone adds up to is the interaction.';
    case 'loading':
      if (training !== null) return `The models are trained first${training.words === '' ? '' : `: ${training.words}`}${training.total > 0 ? `, ${training.done} of ${plural(training.total, 'step')} in all` : ''}.`;
      return phase === null ? 'Starting.' : `${PHASE[phase]}${detail === '' ? '' : `: ${detail}`}.`;
    case 'running':
    case 'paused':
      return 'The first questions are being answered; the sentence comes with the first analysis.';
    case 'cancelled':
      return 'The run was cancelled before anything was counted.';
    case 'failed':
      return 'The run stopped before anything was counted.';
    case 'finished':
      return 'The counts are being analysed.';
  }
}

function noteText({ status, progress, analysing, analysisFailure, samples, opened }: LeasState, found: boolean): string {
  if (analysisFailure !== null) return `The analysis failed: ${analysisFailure}`;
  if (status === 'idle' && opened === null) return 'λ of tool × reasoning = z(M_Uni) − z(M_Tool) − z(M_Reas) + z(Base). Two hybrids and their union check the design. Nothing leaves this machine.';
  if (status === 'running' || status === 'paused') {
    const left = progress?.secondsLeft ?? null;
    return `So far${progress === null ? '' : `: ${progress.done} of ${plural(progress.total, 'rollout')}`}${left === null || status === 'paused' ? '' : `, ${formatDuration(left)} left`}; figures follow the counts, with fewer random draws until the end.`;
  }
  if (!found) return 'Nothing leaves this machine.';
  if (analysing) return 'The last figures are being worked out with all random draws.';
  return `Intervals in brackets are 95 %: shares by Wilson, means over questions by bootstrap, placebo and worlds by repeats.${samples > 0 ? ` ${plural(samples, 'sample')} of each question by each model.` : ''}`;
}
