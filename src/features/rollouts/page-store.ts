import { create } from 'zustand';
import { NO_FILTER, type ResultFilter, type Sorting } from './result-rows.ts';

/** How the page stands; none of it changes a number. */
export interface RolloutPageState {
  /** Which of the two forms is open. */
  readonly mode: 'ask' | 'batch';
  readonly question: string;
  /** Golden answers as typed, separated by semicolons. */
  readonly golden: string;
  /** The rollout shown; null: the newest. */
  readonly shown: string | null;
  readonly sorting: Sorting;
  readonly filter: ResultFilter;
}

export const useRolloutPage = create<RolloutPageState>()(() => ({ mode: 'ask', question: '', golden: '', shown: null, sorting: { key: 'order', descending: false }, filter: NO_FILTER }));

export function setRolloutPage(change: Partial<RolloutPageState>): void {
  useRolloutPage.setState(change);
}

export function splitGolden(text: string): readonly string[] {
  return text
    .split(';')
    .map((answer) => answer.trim())
    .filter((answer) => answer !== '');
}
