import { connectAddress } from './experiment-url.ts';
import { createLabPorts } from './lab-ports.ts';
import { LabSession } from './lab-session.ts';
import type { Session } from './session.ts';

export function createSession(): Session {
  connectAddress();
  return new LabSession(createLabPorts());
}
