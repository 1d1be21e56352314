import { useState } from 'react';
import type { SeesawSession } from '../../state/seesaw/types.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';

/** Plays a training run that comes with the page; nothing where none does. */
export function PlayRecordings({ session }: { readonly session: Pick<SeesawSession, 'openRecord'> }) {
  const [problem, setProblem] = useState('');
  const play = async (name: string) => {
    try {
      const response = await fetch(`recordings/${name}`);
      if (!response.ok) throw new Error(`The recording answered ${response.status}.`);
      const result = await session.openRecord(await response.blob(), name);
      setProblem(result.kind === 'refused' ? `${result.message} ${result.remedy}` : '');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      {__SEESAW_RECORDINGS__.map((name) => (
        <Button key={name} onClick={() => void play(name)}>
          <Icon name="replay" size={18} />
          {__SEESAW_RECORDINGS__.length === 1 ? 'Play the recorded run' : `Play ${name.replace(/^seesaw-|\.json$/g, '').replaceAll('-', ' ')}`}
        </Button>
      ))}
      {problem !== '' && <p role="status">{problem}</p>}
    </>
  );
}
