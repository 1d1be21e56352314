import type { DeviceReport } from '../lab/events.ts';
import type { LeasSession } from './leas/types.ts';
import type { ModelCheckSession } from './model-check/types.ts';
import type { RolloutSession } from './rollouts/types.ts';
import type { Page } from './route.ts';
import type { SeesawSession } from './seesaw/types.ts';
import type { TagTokensSession } from './tag-tokens/types.ts';

/** What the page can ask of the laboratory. One object a page; components reach it through `useSession`. */
export interface Session {
  readonly rollouts: RolloutSession;
  readonly seesaw: SeesawSession;
  readonly leas: LeasSession;
  readonly modelCheck: ModelCheckSession;
  readonly tagTokens: TagTokensSession;
  /** Starts a run from the present configuration and sources. */
  start(): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  /** Starts again with the same seed; a recording plays from its beginning. */
  reset(): void;
  /** Draws a new seed and starts again; beside a recording the statistics alone are drawn anew. */
  newSeed(): void;
  /** Opens whatever these files are: a run record, a Gram, trajectories, a backbone folder. */
  openFiles(files: readonly OpenedFile[]): Promise<OpenResult>;
  /** Plays the recording that comes with the page. */
  playBundled(): Promise<OpenResult>;
  probe(): void;
  check(): void;
  exportFile(kind: ExportKind): Promise<Blob>;
  log(): readonly { readonly at: number; readonly text: string }[];
}

/** `angles`: one row an angle; `modules`: the same on every module by itself. */
export type ExportKind = 'record' | 'gram' | 'angles' | 'modules';

export interface OpenedFile {
  /** Relative to the folder that was opened, else the name. */
  readonly path: string;
  readonly blob: Blob;
}

/** `page`: where what was opened is seen; without one it is the angles' own. */
export type OpenResult = { readonly kind: 'opened'; readonly what: string; readonly page?: Page } | { readonly kind: 'refused'; readonly message: string; readonly remedy: string };

export function deviceName(device: DeviceReport | null): string {
  if (!device) return 'no device yet';
  const name = device.description || [device.vendor, device.architecture].filter((part) => part !== '').join(' ') || 'unnamed adapter';
  return device.software ? `${name} (software)` : name;
}
