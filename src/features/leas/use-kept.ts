import { useEffect, useState } from 'react';
import type { LeasSession } from '../../state/leas/types.ts';

/** Bytes of kept rollouts, looked up again when the run changes its state; null where the browser refuses storage. */
export function useKept(session: Pick<LeasSession, 'kept' | 'forgetKept'>, status: string): readonly [number | null, () => void] {
  const [kept, setKept] = useState<number | null>(null);
  useEffect(() => {
    let current = true;
    void session.kept().then((bytes) => current && setKept(bytes));
    return () => {
      current = false;
    };
  }, [session, status]);
  const forget = () =>
    void session
      .forgetKept()
      .then(() => session.kept())
      .then(setKept, () => setKept(null));
  return [kept, forget];
}
