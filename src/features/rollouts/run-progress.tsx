import { isWriting } from '../../state/rollouts/run-store.ts';
import type { RolloutState } from '../../state/rollouts/types.ts';
import { formatCount, formatDuration } from '../../ui/format.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { PHASE } from './words.ts';

/** How far the run is, in one line with its bar; nothing once it is over. */
export function RunProgress({ run }: { readonly run: RolloutState }) {
  if (!isWriting(run.status)) return null;
  const { progress, fraction, phase } = run;
  const loading = run.status === 'loading' || phase === 'parity';
  const share = loading ? fraction : progress !== null && progress.total > 0 ? progress.done / progress.total : null;
  const parts = loading
    ? [phase === null ? 'Starting' : PHASE[phase], share === null ? null : `${Math.floor(100 * share)} %`]
    : [
        run.status === 'paused' ? 'Paused' : 'Writing',
        progress === null ? null : `${formatCount(progress.done)} of ${formatCount(progress.total)} finished`,
        progress === null ? null : `${formatCount(progress.tokensPerSecond)} tokens/s`,
        progress?.secondsLeft === null || progress?.secondsLeft === undefined || run.status === 'paused' ? null : `${formatDuration(progress.secondsLeft)} left`,
      ];
  return <ProgressBar label="Progress of the run" share={share} parts={parts.filter((part) => part !== null)} />;
}
