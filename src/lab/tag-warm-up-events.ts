import type { LineProblem } from '../core/trajectory/types.ts';
import type { TagPreset } from '../core/trajectory/tags.ts';
import type { TagLosses } from '../training/tag-losses.ts';
import type { TagStepReport } from '../training/tag-warm-up.ts';
import type { TagWarmUpSettings } from '../training/tag-warm-up-settings.ts';
import type { DeviceReport } from './events.ts';
import type { JobEvent, JobPhase } from './job.ts';

/** What a warm-up is made from; plain data. */
export interface TagWarmUpConfig {
  readonly backbone: string;
  readonly trajectories: string;
  /** Whose tags become tokens: those of them that the tokenizer cuts. */
  readonly preset: TagPreset;
  readonly settings: TagWarmUpSettings;
  /** Longer demonstrations lose their end. */
  readonly maxTokens: number;
}

/** In order. `measure`: held-out losses before the training; `confirm`: after it. */
export const TAG_PHASES = ['load', 'compile', 'measure', 'train', 'confirm'] as const;
export type TagPhase = (typeof TAG_PHASES)[number];

/** How the tags stood when held-out losses were measured: cut as the tokenizer cuts them, as the means of their words, trained. */
export const TAG_STATES = ['cut', 'mean', 'trained'] as const;
export type TagState = (typeof TAG_STATES)[number];

export interface AddedTag {
  readonly tag: string;
  readonly id: number;
  /** What the tokenizer cuts it into. */
  readonly pieces: readonly string[];
}

/** Everything a warm-up tells, in order. `at` is milliseconds since it began. */
export type TagWarmUpEvent =
  | (JobPhase<TagPhase> & { readonly secondsLeft: number | null })
  | { readonly type: 'device'; readonly at: number; readonly device: DeviceReport }
  | {
      readonly type: 'ready';
      readonly at: number;
      readonly backbone: { readonly name: string; readonly sha256: string };
      readonly tags: readonly AddedTag[];
      /** Trajectories. */
      readonly training: number;
      readonly heldOut: number;
      readonly problems: readonly LineProblem[];
      readonly notes: readonly string[];
    }
  | { readonly type: 'measured'; readonly at: number; readonly state: TagState; readonly losses: TagLosses }
  | { readonly type: 'step'; readonly at: number; readonly report: TagStepReport }
  | JobEvent
  | {
      readonly type: 'finished';
      readonly at: number;
      readonly seconds: number;
      /** tag_tokens.safetensors, and its hash. */
      readonly file: Uint8Array<ArrayBuffer>;
      readonly sha256: string;
      /** For the backbone's name. */
      readonly how: string;
    };
