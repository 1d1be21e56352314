import type { TableRows } from '../backbone/tag-tokens.ts';
import type { Decoder } from '../engine/decoder.ts';
import { measureTagLosses, type TagLesson, type TagLosses } from '../training/tag-losses.ts';
import { TagWarmUp, type TagStepReport } from '../training/tag-warm-up.ts';
import type { TagWarmUpSettings } from '../training/tag-warm-up-settings.ts';

export interface TagTraining {
  readonly rows: TableRows;
  step(step: number): Promise<TagStepReport>;
}

/** What a warm-up computes on. */
export interface TagBench {
  measure(lessons: readonly TagLesson[], ids: readonly number[], told: (done: number) => void): Promise<TagLosses>;
  /** Puts the rows into the tables; what is measured from now on is with them. */
  begin(request: { readonly rows: TableRows; readonly ids: readonly number[]; readonly lessons: readonly TagLesson[]; readonly settings: TagWarmUpSettings }): TagTraining;
  destroy(): void;
}

/** On a decoder of the backbone as it is, without adapters. @param checkpoint between micro-batches: pauses by not resolving, cancels by throwing */
export function tagBench(decoder: Decoder, microBatchTokens: number, checkpoint: () => Promise<void>): TagBench {
  return {
    measure: (lessons, ids, told) => measureTagLosses(decoder, lessons, ids, microBatchTokens, checkpoint, told),
    begin: (request) => new TagWarmUp({ ...request, decoder, checkpoint }),
    destroy: () => decoder.destroy(),
  };
}
