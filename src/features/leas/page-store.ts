import { create } from 'zustand';
import type { LambdaRange } from '../../charts/lambda-histogram/types.ts';
import type { Effect, Model } from '../../core/leas/models.ts';
import type { World } from '../../core/leas/worlds.ts';

export type SortKey = Effect | 'order' | 'question' | 'accuracy' | 'hops';

export interface Sorting {
  readonly key: SortKey;
  readonly ascending: boolean;
}

export const ACCURACIES = ['all', 'never', 'low', 'middle', 'high'] as const;
export type AccuracyRange = (typeof ACCURACIES)[number];

export interface RowFilter {
  /** Which effect sign and interval are of. */
  readonly effect: Effect;
  readonly sign: 'all' | 'negative' | 'positive' | 'tie';
  /** Only questions whose own interval excludes 0. */
  readonly clear: boolean;
  /** As the file has it; '' for all. */
  readonly hops: string;
  /** Of all models that were asked, together. */
  readonly accuracy: AccuracyRange;
  /** At least one right answer by this model, and none by that. */
  readonly by: Model | null;
  readonly notBy: Model | null;
  /** Looked for in the question, whatever the case. */
  readonly text: string;
}

export const NO_FILTER: RowFilter = { effect: 'tool_x_reasoning', sign: 'all', clear: false, hops: '', accuracy: 'all', by: null, notBy: null, text: '' };

export const AS_ASKED: Sorting = { key: 'order', ascending: true };

/** How the page stands; none of it changes a number. */
export interface LeasPageState {
  /** Label of the set that is looked at; null: the first. */
  readonly set: string | null;
  /** Training seed that is looked at; null: the first. */
  readonly seed: string | null;
  readonly sorting: Sorting;
  readonly filter: RowFilter;
  /** Tool × reasoning chosen in the histogram. */
  readonly brush: LambdaRange | null;
  /** Questions outside of what is chosen are left out, in place of faint. */
  readonly onlyChosen: boolean;
  /** Id of the question that is read. */
  readonly question: string | null;
  readonly sample: number;
  readonly references: readonly (World | 'placebo')[];
}

const START: LeasPageState = { set: null, seed: null, sorting: AS_ASKED, filter: NO_FILTER, brush: null, onlyChosen: true, question: null, sample: 0, references: ['independent_failures', 'two_stages', 'placebo'] };

export const useLeasPage = create<LeasPageState>()(() => START);

export function setLeasPage(change: Partial<LeasPageState>): void {
  useLeasPage.setState(change);
}

export function setRowFilter(change: Partial<RowFilter>): void {
  useLeasPage.setState(({ filter }) => ({ filter: { ...filter, ...change } }));
}
