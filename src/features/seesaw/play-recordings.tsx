import { useState } from 'react';
import type { SeesawSession } from '../../state/seesaw/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate, plural } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import styles from './play-recordings.module.css';
import { RECORDINGS } from './recordings.ts';

interface Props {
  readonly session: Pick<SeesawSession, 'openRecord'>;
  /** Name of the recording that plays now; '' for none. */
  readonly playing?: string;
  /** Training is under way. */
  readonly busy?: boolean;
}

/** Training runs that come with the page; nothing where none does. */
export function PlayRecordings({ session, playing = '', busy = false }: Props) {
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
  const offered = RECORDINGS.flatMap(({ file, says }) => {
    const facts = __SEESAW_RECORDINGS__.find((known) => known.file === file);
    return facts ? [{ ...facts, says }] : [];
  });
  if (offered.length === 0) return null;
  return (
    <div className={styles.stack}>
      <ul className={styles.list} aria-label="Recorded runs">
        {offered.map(({ file, says, arms, seeds, steps, device, date }) => (
          <li key={file} className={styles.recording}>
            <Button size="small" aria-disabled={busy} aria-label={`${playing === file ? 'Play again' : 'Play'}: ${says}`} onClick={() => !busy && void play(file)}>
              <Icon name="replay" size={16} />
              {playing === file ? 'Play again' : 'Play'}
            </Button>
            <div>
              <p>{says}</p>
              <p className={styles.facts}>{[arms.join(', '), seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`, `${plural(steps, 'step')} each`, `recorded on ${device}, ${formatDate(date)}`].join(' · ')}</p>
            </div>
          </li>
        ))}
      </ul>
      {problem !== '' && <p role="status">{problem}</p>}
    </div>
  );
}
