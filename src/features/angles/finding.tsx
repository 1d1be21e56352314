import { useEffect, useState } from 'react';
import { type RunState, useRun } from '../../state/run-store.ts';
import { formatCount } from '../../ui/format.ts';
import { LiveRegion } from '../../ui/live-region.tsx';
import styles from './finding.module.css';

/** One sentence with numbers and what they mean against the null; before a run, what will be measured. */
export function Finding() {
  const run = useRun();
  const spoken = useSlowly(run.analysis?.finding ?? '', run.status === 'running');
  return (
    <div className={styles.finding}>
      <p className={styles.text}>{run.analysis ? run.analysis.finding : waitingText(run)}</p>
      {run.analysis && <p className={styles.note}>{standing(run)}</p>}
      {!run.analysis && run.status === 'idle' && (
        <p className={styles.note}>
          For every trajectory, the gradient of its reasoning tokens’ log-likelihood and that of its tool tokens’, over all projection matrices; then the angles between them, against what shuffled roles and noise alone give.
        </p>
      )}
      <LiveRegion text={spoken} />
    </div>
  );
}

function waitingText(run: RunState): string {
  switch (run.status) {
    case 'idle':
      return 'Press Run to measure the angles between reasoning and tool gradients on this device.';
    case 'running':
    case 'paused':
      return run.phase === 'forward/backward' ? 'The first gradients are being taken; the histogram begins with the first pair of trajectories.' : 'The model and the trajectories are being read.';
    case 'failed':
      return 'The run stopped before anything was measured.';
    case 'cancelled':
      return 'The run was cancelled before the first angle.';
    case 'finished':
      return run.inventory === null || run.analysing ? 'The angles are being computed from the inner products.' : 'The run finished without a single angle: no trajectory holds both roles.';
  }
}

function standing(run: RunState): string {
  const total = run.inventory?.trajectories.length ?? 0;
  if (run.status === 'finished' && run.analysing) return 'The last numbers are being computed.';
  const done = run.status === 'finished' ? total : (run.progress?.trajectoriesDone ?? 0);
  return done < total ? `So far from ${formatCount(done)} of ${formatCount(total)} trajectories; the sentence follows the numbers.` : `From all ${formatCount(total)} trajectories.`;
}

/** The text, renewed at most every five seconds while it keeps changing, so that it can be spoken. */
function useSlowly(text: string, moving: boolean): string {
  const [spoken, setSpoken] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(text), moving ? 5000 : 300);
    return () => clearTimeout(timer);
  }, [text, moving]);
  return spoken;
}
