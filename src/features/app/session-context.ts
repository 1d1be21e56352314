import { createContext, useContext } from 'react';
import type { Session } from '../../state/session.ts';

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('No session is provided.');
  return session;
}
