import { type SeriesSlot, seriesClass } from '../series.ts';
import { PLACEBO } from './lambda-labels.ts';
import type { LambdaReference } from './types.ts';

export interface ReferenceLook {
  readonly className: string;
  readonly dash: string;
}

const SLOTS: readonly SeriesSlot[] = [0, 1, 2, 3];
const DASHES = ['7 3', '2 2.5', '11 3 2 3', '4 2'] as const;

/** Colour and dash of every world by its place in the list, shown or not: hiding one leaves the others as they are. */
export function referenceLooks(references: readonly LambdaReference[]): ReadonlyMap<string, ReferenceLook> {
  const worlds = references.filter(({ key }) => key !== PLACEBO);
  return new Map(worlds.map(({ key }, index) => [key, { className: seriesClass(SLOTS[index % SLOTS.length]), dash: DASHES[index % DASHES.length] }]));
}
