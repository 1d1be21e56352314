import { useMemo } from 'react';
import { isWriting, useRolloutRun } from '../../state/rollouts/run-store.ts';
import type { RolloutSession } from '../../state/rollouts/types.ts';
import type { Action } from '../../ui/actions.ts';
import { download } from '../../ui/download.ts';
import { setRolloutPage, splitGolden, useRolloutPage } from './page-store.ts';

/** What can be done on the rollout page, under the names that the other pages have for the same. */
export function useRolloutActions(session: RolloutSession): readonly Action[] {
  const status = useRolloutRun((run) => run.status);
  const done = useRolloutRun((run) => run.finished.length > 0);
  const ran = useRolloutRun((run) => run.kind !== null);
  const mode = useRolloutPage((page) => page.mode);
  const ready = useRolloutPage((page) => page.mode === 'batch' || page.question.trim() !== '');
  return useMemo((): readonly Action[] => {
    const writing = isWriting(status);
    const start = () => {
      const { question, golden } = useRolloutPage.getState();
      setRolloutPage({ shown: null });
      if (mode === 'batch') session.startBatch();
      else session.ask(question.trim(), splitGolden(golden));
    };
    const begin = () => {
      start();
      session.pause();
    };
    const run: Action =
      status === 'paused'
        ? { id: 'run', label: 'Resume', hint: 'From where it stands', icon: 'run', group: 'Run', key: ' ', enabled: true, perform: () => session.resume() }
        : writing
          ? { id: 'run', label: 'Pause', hint: 'After the token in flight; nothing is lost', icon: 'pause', group: 'Run', key: ' ', enabled: true, perform: () => session.pause() }
          : { id: 'run', label: mode === 'batch' ? 'Run' : 'Ask', hint: mode === 'batch' ? 'The question set of the settings' : 'The question in the field', icon: 'run', group: 'Run', key: ' ', enabled: ready, perform: start };
    const again = (perform: () => void) => () => {
      setRolloutPage({ shown: null });
      perform();
    };
    return [
      run,
      { id: 'step', label: 'Step', hint: writing ? 'One token, then waits; a running rollout is paused' : 'Begins, and waits before the first token', icon: 'step', group: 'Run', key: '.', enabled: writing || ready, perform: writing ? () => session.step() : begin },
      { id: 'cancel', label: 'Cancel', hint: 'Keeps the rollouts finished so far', icon: 'cancel', group: 'Run', enabled: writing, perform: () => session.cancel() },
      { id: 'reset', label: 'Reset', hint: 'Same seed: the same tokens again', icon: 'reset', group: 'Run', key: 'r', enabled: ran, perform: again(() => session.reset()) },
      { id: 'new-seed', label: 'New seed', hint: 'Draws another seed and writes again', icon: 'dice', group: 'Run', key: 'n', enabled: ran, perform: again(() => session.newSeed()) },
      { id: 'export', label: 'Export JSON Lines', hint: 'Every finished rollout with its tokens', icon: 'export', group: 'Files', key: 'e', enabled: done, perform: () => download(session.exportJsonLines(), 'rollouts.jsonl') },
    ];
  }, [session, status, done, ran, mode, ready]);
}
