import type { LambdaColumn, LambdaRow } from '../../charts/lambda-map/types.ts';
import type { LambdaRange } from '../../charts/lambda-histogram/types.ts';
import type { QuestionEffects } from '../../core/leas/coefficients.ts';
import { CONTRASTS, EFFECT_LABELS, EFFECTS, type Effect, MODELS, modelsOf } from '../../core/leas/models.ts';
import { isCounted } from '../../core/leas/summary.ts';
import type { Scale } from '../../core/leas/accuracy.ts';
import { plural } from '../../ui/format.ts';
import type { RowFilter, Sorting } from './page-store.ts';

/** What the page asks about stands first. */
export const MAP_EFFECTS: readonly Effect[] = ['tool_x_reasoning', ...EFFECTS.filter((effect) => effect !== 'tool_x_reasoning')];

export const MAP_COLUMNS: readonly LambdaColumn[] = MAP_EFFECTS.map((effect) => ({ key: effect, label: EFFECT_LABELS[effect] }));

/** Where the colours end, the same for every run, so that they do not jump while it fills. */
export const DOMAINS: Readonly<Record<Scale, number>> = { logit: 4, probability: 1, 'log-failure': 2 };

/** A question as the page has it, whether counted yet or not. */
export interface QuestionRow {
  readonly id: string;
  readonly text: string;
  /** '' where the file does not say. */
  readonly hops: string;
  /** Place in the set. */
  readonly order: number;
  /** Null until something of it was counted. */
  readonly effects: QuestionEffects | null;
  /** Right answers of all models together, as a share; null where nothing was counted. */
  readonly accuracy: number | null;
}

/** All questions of a set: those that are known in the order in which they are asked, then others that were counted. */
export function questionRows(effects: readonly QuestionEffects[], questions: ReadonlyMap<string, { readonly question: string; readonly hops: number | null } | null>): readonly QuestionRow[] {
  const byId = new Map(effects.map((row) => [row.question, row]));
  const ids = [...questions.keys(), ...effects.map(({ question }) => question).filter((id) => !questions.has(id))];
  return ids.map((id, order) => {
    const own = byId.get(id) ?? null;
    const known = questions.get(id) ?? null;
    return { id, text: known?.question ?? own?.attributes.text ?? id, hops: (known?.hops ?? own?.attributes.hops ?? '').toString(), order, effects: own, accuracy: own === null ? null : accuracyOf(own) };
  });
}

function accuracyOf({ counts }: QuestionEffects): number | null {
  let [k, n] = [0, 0];
  for (const model of MODELS) {
    k += counts[model]?.k ?? 0;
    n += counts[model]?.n ?? 0;
  }
  return n === 0 ? null : k / n;
}

/** Hops that occur, in order. */
export function hopsOf(rows: readonly QuestionRow[]): readonly string[] {
  return [...new Set(rows.map(({ hops }) => hops).filter((hops) => hops !== ''))].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
}

/** Ids of the questions whose tool × reasoning lies in the range, its ends included. */
export function chosenIds(rows: readonly QuestionRow[], brush: LambdaRange | null): ReadonlySet<string> | null {
  if (brush === null) return null;
  const [low, high] = brush;
  return new Set(
    rows.flatMap(({ id, effects }) => {
      if (effects === null || !isCounted(effects)) return [];
      const value = effects.coefficients.tool_x_reasoning!.estimate;
      return value >= low && value <= high ? [id] : [];
    }),
  );
}

export function filterRows(rows: readonly QuestionRow[], filter: RowFilter): readonly QuestionRow[] {
  const wanted = filter.text.trim().toLowerCase();
  return rows.filter((row) => {
    if (wanted !== '' && !row.text.toLowerCase().includes(wanted) && !row.id.toLowerCase().includes(wanted)) return false;
    if (filter.hops !== '' && row.hops !== filter.hops) return false;
    if (!isInRange(row.accuracy, filter.accuracy)) return false;
    if (filter.by !== null && !((row.effects?.counts[filter.by]?.k ?? 0) > 0)) return false;
    if (filter.notBy !== null && row.effects?.counts[filter.notBy]?.k !== 0) return false;
    if (filter.sign === 'all' && !filter.clear) return true;
    const coefficient = row.effects?.coefficients[filter.effect] ?? null;
    if (coefficient === null) return false;
    if (filter.clear && coefficient.low <= 0 && coefficient.high >= 0) return false;
    const { estimate } = coefficient;
    return filter.sign === 'all' || (filter.sign === 'tie' ? estimate === 0 : filter.sign === 'negative' ? estimate < 0 : estimate > 0);
  });
}

function isInRange(accuracy: number | null, range: RowFilter['accuracy']): boolean {
  if (range === 'all') return true;
  if (accuracy === null) return false;
  switch (range) {
    case 'never':
      return accuracy === 0;
    case 'low':
      return accuracy > 0 && accuracy < 0.25;
    case 'middle':
      return accuracy >= 0.25 && accuracy <= 0.75;
    case 'high':
      return accuracy > 0.75;
  }
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** Equal ones stay in the order in which they are asked; what is unknown stands last, whichever way is sorted. */
export function sortRows(rows: readonly QuestionRow[], { key, ascending }: Sorting): readonly QuestionRow[] {
  const sign = ascending ? 1 : -1;
  if (key === 'order') return ascending ? rows : [...rows].reverse();
  if (key === 'question') return [...rows].sort((a, b) => sign * COLLATOR.compare(a.text, b.text) || a.order - b.order);
  const value = (row: QuestionRow): number | null => (key === 'accuracy' ? row.accuracy : key === 'hops' ? (row.hops === '' ? null : Number(row.hops)) : (row.effects?.coefficients[key]?.estimate ?? null));
  return rows
    .map((row) => ({ row, at: value(row) }))
    .sort((a, b) => (a.at === null || b.at === null ? Number(a.at === null) - Number(b.at === null) : sign * (a.at - b.at)) || a.row.order - b.row.order)
    .map(({ row }) => row);
}

/** As the map draws it. */
export function mapRow({ id, text, hops, effects }: QuestionRow): LambdaRow {
  const notes = [hops === '' ? '' : /^\d+$/.test(hops) ? plural(Number(hops), 'hop') : `hops ${hops}`, effects?.neverAnswered === true ? 'never answered' : ''];
  return {
    id,
    text,
    note: notes.filter((note) => note !== '').join(', '),
    cells: MAP_EFFECTS.map((effect) => {
      const coefficient = effects?.coefficients[effect] ?? null;
      if (coefficient === null || effects === null) return null;
      const saturated = modelsOf(CONTRASTS[effect]).some((model) => {
        const count = effects.counts[model];
        return count !== undefined && (count.k === 0 || count.k === count.n);
      });
      return { value: coefficient.estimate, low: coefficient.low, high: coefficient.high, saturated };
    }),
  };
}
