import type { StripSpan } from '../../charts/strip/strip.tsx';
import type { Inventory } from '../../state/angle-run.ts';

export interface StripItem {
  readonly index: number;
  readonly id: string;
  readonly reward: number | null;
  readonly length: number;
  readonly spans: readonly StripSpan[];
  /** Tokens of the trajectories before this one, in the order they are worked on. */
  readonly before: number;
}

export interface StripGroup {
  readonly group: string;
  readonly question: string;
  readonly items: readonly StripItem[];
}

/** Trajectories by question, in the order in which their gradients are taken. */
export function stripGroups(inventory: Inventory): StripGroup[] {
  const groups = new Map<string, { question: string; items: StripItem[] }>();
  let before = 0;
  inventory.views.forEach((view, index) => {
    const entry = groups.get(view.group) ?? { question: view.question, items: [] };
    groups.set(view.group, entry);
    entry.items.push({ index, id: view.id, reward: view.reward, length: view.pieces.length, spans: view.spans, before });
    before += view.pieces.length;
  });
  return Array.from(groups, ([group, { question, items }]) => ({ group, question, items }));
}
