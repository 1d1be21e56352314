import type { TokenAdded } from '../../agent/types.ts';
import { ROLE_CODE, ROLES, type Role, type SpanKind } from '../../core/trajectory/types.ts';
import type { SearchView } from '../../state/rollouts/types.ts';

/** Neighbouring tokens of one role and kind; half-open positions. */
export interface TokenSpan {
  readonly role: Role;
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
}

/** What stands below each other on the page: the prompt, what the model wrote without a break, and each observation. */
export type Part =
  | { readonly kind: 'prompt'; readonly start: number; readonly end: number }
  | { readonly kind: 'turn'; readonly start: number; readonly end: number; readonly spans: readonly TokenSpan[] }
  /** `start` = `end` while its tokens are waited for; a notice of the environment belongs to no search. */
  | { readonly kind: 'observation'; readonly start: number; readonly end: number; readonly search: number | null };

export function tokenSpans(tokens: readonly TokenAdded[]): readonly TokenSpan[] {
  const spans: TokenSpan[] = [];
  for (const [at, token] of tokens.entries()) {
    const role = ROLES[token.role];
    const last = spans.at(-1);
    if (last?.role === role && last.kind === token.kind) spans[spans.length - 1] = { ...last, end: at + 1 };
    else spans.push({ role, kind: token.kind, start: at, end: at + 1 });
  }
  return spans;
}

/** An observation belongs to the search that begins in it; a search without one yet, or ever, stands last. */
export function partsOf(tokens: readonly TokenAdded[], searches: readonly SearchView[]): readonly Part[] {
  const parts: Part[] = [];
  const placed = new Set<number>();
  for (const span of tokenSpans(tokens)) {
    const { role, start, end } = span;
    const last = parts.at(-1);
    if (role === 'prompt') parts.push({ kind: 'prompt', start, end });
    else if (role === 'observation') {
      const search = searches.findIndex(({ call }) => call.start >= start && call.start < end);
      placed.add(search);
      parts.push({ kind: 'observation', start, end, search: search < 0 ? null : search });
    } else if (last?.kind === 'turn') parts[parts.length - 1] = { ...last, end, spans: [...last.spans, span] };
    else parts.push({ kind: 'turn', start, end, spans: [span] });
  }
  for (const search of searches.keys()) if (!placed.has(search)) parts.push({ kind: 'observation', start: tokens.length, end: tokens.length, search });
  return parts;
}

/** The lane that is being written; null while the environment answers. */
export function activeLane(tokens: readonly TokenAdded[], searches: readonly SearchView[]): 'reasoning' | 'tool' | null {
  if (searches.at(-1)?.answered === false) return null;
  const last = tokens.at(-1);
  if (last === undefined) return null;
  if (last.role === ROLE_CODE.tool) return 'tool';
  // The opening tag of a search is still the reasoning adapter's; what follows it is not.
  return last.role === ROLE_CODE.reasoning && /<(search|tool_call)>$/.test(last.piece) ? 'tool' : 'reasoning';
}

/** How sure the model was of a token: 0 (probability from 0.9) to 3 (below 0.1); null where nothing was drawn. */
export function doubt(logprob: number): 0 | 1 | 2 | 3 | null {
  if (Number.isNaN(logprob)) return null;
  const probability = Math.exp(logprob);
  return probability >= 0.9 ? 0 : probability >= 0.5 ? 1 : probability >= 0.1 ? 2 : 3;
}

/** A token's text in the flow: a line break is a sign, because the lanes break lines themselves. */
export function shownPiece(piece: string): string {
  return piece.replace(/\r?\n/g, '↵');
}

export function isTag(piece: string): boolean {
  return /^\s*<[^<>\s]+>\s*$/.test(piece);
}

/** The rollout as plain text, one line a span, each headed by who wrote it. */
export function plainText(tokens: readonly TokenAdded[]): readonly { readonly role: Role; readonly text: string }[] {
  return tokenSpans(tokens).map(({ role, start, end }) => ({
    role,
    text: tokens
      .slice(start, end)
      .map((token) => token.piece)
      .join('')
      .trim(),
  }));
}

/** First position at which two rollouts of one question have different tokens; null where one begins as the other goes on. */
export function firstDifference(a: readonly TokenAdded[], b: readonly TokenAdded[]): number | null {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) if (a[at].token !== b[at].token) return at;
  return null;
}
