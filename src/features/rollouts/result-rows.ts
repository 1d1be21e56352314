import type { Rollout } from '../../agent/types.ts';
import { ROLE_CODE } from '../../core/trajectory/types.ts';

export type SortKey = 'order' | 'question' | 'sample' | 'writer' | 'answer' | 'reward' | 'f1' | 'hit' | 'searches' | 'tokens' | 'finish' | 'wellFormed';

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

export interface ResultFilter {
  readonly outcome: 'all' | 'right' | 'wrong';
  /** Looked for in question, answer and golden answers, whatever the case. */
  readonly text: string;
  /** Null: every writer. */
  readonly writer: number | null;
}

export const NO_FILTER: ResultFilter = { outcome: 'all', text: '', writer: null };

/** Positions in `rollouts`, filtered and sorted; equal ones stay in the order in which they finished. */
export function arrangeRows(rollouts: readonly Rollout[], sorting: Sorting, filter: ResultFilter): readonly number[] {
  const wanted = filter.text.trim().toLowerCase();
  const rows: number[] = [];
  rollouts.forEach((rollout, index) => {
    if (filter.outcome === 'right' && rollout.reward !== 1) return;
    if (filter.outcome === 'wrong' && rollout.reward !== 0) return;
    if (filter.writer !== null && rollout.writer !== filter.writer) return;
    if (wanted !== '' && !searchable(rollout).includes(wanted)) return;
    rows.push(index);
  });
  if (sorting.key === 'order') return sorting.descending ? rows.reverse() : rows;
  const { key } = sorting;
  const sign = sorting.descending ? -1 : 1;
  const values = new Map(rows.map((index) => [index, sortValue(rollouts[index], key)]));
  return rows.sort((a, b) => compare(values.get(a) ?? null, values.get(b) ?? null, sign) || a - b);
}

function searchable({ question, answer }: Rollout): string {
  return [question.question, answer ?? '', ...question.goldenAnswers].join('\n').toLowerCase();
}

function sortValue(rollout: Rollout, key: Exclude<SortKey, 'order'>): string | number | null {
  switch (key) {
    case 'question':
      return rollout.question.question;
    case 'hit':
      return rollout.hit === null ? null : Number(rollout.hit);
    case 'wellFormed':
      return Number(rollout.wellFormed);
    case 'searches':
      return rollout.searches.length;
    case 'tokens':
      return rollout.tokens.length;
    default:
      return rollout[key];
  }
}

/** What is unknown stands last, whichever way the column is sorted. */
function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string' && typeof b === 'string') return sign * COLLATOR.compare(a, b);
  return sign * (Number(a) - Number(b));
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** Tokens of a rollout by who put them there. */
export interface TokenCounts {
  readonly prompt: number;
  readonly written: number;
  readonly observed: number;
}

export function countTokens(roles: Iterable<number>): TokenCounts {
  let prompt = 0;
  let written = 0;
  let observed = 0;
  for (const role of roles) {
    if (role === ROLE_CODE.prompt) prompt++;
    else if (role === ROLE_CODE.observation) observed++;
    else written++;
  }
  return { prompt, written, observed };
}
