import type { RolloutState, RolloutView } from '../../state/rollouts/types.ts';
import { firstDifference } from './segments.ts';

/** What the lanes show: one rollout, or two of the same question and sample by two writers. */
export interface Shown {
  readonly views: readonly RolloutView[];
  readonly differsAt: number | null;
}

/** The chosen rollout, else the first of a question asked by hand, else the newest that is being written. */
export function shownRollouts(views: readonly RolloutView[], chosen: string | null, run: Pick<RolloutState, 'kind' | 'config'>): Shown {
  const main = views.find((view) => view.id === chosen) ?? (run.kind === 'asked' ? (views.find((view) => view.sample === 0) ?? views.at(0)) : (views.findLast((view) => view.finished === null && view.tokens.length > 0) ?? views.at(-1)));
  if (main === undefined) return { views: [], differsAt: null };
  if ((run.config?.writers.length ?? 1) < 2) return { views: [main], differsAt: null };
  const others = views.filter((view) => view.sample === main.sample && view.question.id === main.question.id && view.writer !== main.writer);
  const pair = [main, ...others].sort((a, b) => a.writer - b.writer).slice(0, 2);
  return { views: pair, differsAt: pair.length < 2 ? null : firstDifference(pair[0].tokens, pair[1].tokens) };
}
