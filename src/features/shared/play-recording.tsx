import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useSession } from '../app/session-context.ts';

/** Plays the recording that comes with the page, or says plainly why it cannot. */
export function PlayRecording() {
  const session = useSession();
  const [problem, setProblem] = useState('');
  const play = async () => {
    const result = await session.playBundled();
    setProblem(result.kind === 'refused' ? `${result.message} ${result.remedy}` : '');
  };
  return (
    <>
      <Button onClick={() => void play()}>
        <Icon name="replay" size={18} />
        Play the recorded run
      </Button>
      {problem !== '' && <p role="status">{problem}</p>}
    </>
  );
}
