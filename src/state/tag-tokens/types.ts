import type { TagPreset } from '../../core/trajectory/tags.ts';
import type { Failure } from '../../lab/events.ts';
import type { AddedTag, TagPhase, TagState, TagWarmUpConfig } from '../../lab/tag-warm-up-events.ts';
import type { TagLosses } from '../../training/tag-losses.ts';
import type { TagStepReport } from '../../training/tag-warm-up.ts';
import type { TagReports } from '../../worker/protocol.ts';
import type { OpenResult } from '../session.ts';

/** How tags stand in the next run: as the tokenizer cuts them, as the means of their words, with trained rows. */
export type TagMode = 'off' | 'mean' | 'trained';

/** What the worker said of a backbone's tags. */
export type TagInspection =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking'; readonly backbone: string }
  | { readonly kind: 'known'; readonly backbone: string; readonly reports: TagReports }
  | { readonly kind: 'failed'; readonly backbone: string; readonly failure: Failure };

/** Rows that were trained here or opened. */
export interface TrainedTags {
  /** Name of the backbone that they are chosen for, without tags. */
  readonly baseName: string;
  readonly tags: readonly string[];
  readonly how: string;
  readonly blob: Blob;
  readonly sha256: string;
}

export type WarmUpStatus = 'idle' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** What React sees; what was measured stays when a warm-up fails or is cancelled. */
export interface TagTokensState {
  readonly inspection: TagInspection;
  readonly preset: TagPreset;
  readonly steps: number;
  readonly rate: number;
  readonly trained: TrainedTags | null;
  readonly status: WarmUpStatus;
  /** As it was started; null before any. */
  readonly config: TagWarmUpConfig | null;
  readonly phase: TagPhase | null;
  readonly detail: string;
  /** Of the phase, in [0, 1]; null where it has none. */
  readonly fraction: number | null;
  /** Of the training; null where it is not known. */
  readonly secondsLeft: number | null;
  readonly tags: readonly AddedTag[];
  /** Trajectories to learn from and held out; null before they are read. */
  readonly trajectories: { readonly training: number; readonly heldOut: number } | null;
  readonly notes: readonly string[];
  readonly measured: Readonly<Partial<Record<TagState, TagLosses>>>;
  /** The last step. */
  readonly last: TagStepReport | null;
  readonly failure: Failure | null;
}

/** What the page can ask about tags as tokens: `useSession().tagTokens`. */
export interface TagTokensSession {
  /** Asks which tags the chosen backbone cuts; nothing where that is known. */
  inspect(): void;
  set(change: Partial<Pick<TagTokensState, 'preset' | 'steps' | 'rate'>>): void;
  /** For the next run, of the chosen backbone. */
  choose(mode: TagMode): void;
  /** A warm-up on the chosen trajectories; one under way is given up. */
  start(): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  /** Rows of a file, for the chosen backbone. */
  open(blob: Blob, name: string): Promise<OpenResult>;
}
