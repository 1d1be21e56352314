import { answerF1, exactMatch, holdsGolden, lastAnswer } from '../core/trajectory/reward.ts';
import type { TagPair, TagSettings } from '../core/trajectory/types.ts';
import type { Dialect, EnvironmentSettings, FinishReason, Rollout } from './types.ts';

/** A rollout's text by who wrote it. */
export interface Authorship {
  /** What the model wrote between the environment's insertions, in order. */
  readonly written: readonly string[];
  /** What searches brought, as it was shown. */
  readonly observations: readonly string[];
  /** Whether the environment had to say that an action was invalid. */
  readonly admonished: boolean;
}

export type Score = Pick<Rollout, 'answer' | 'reward' | 'f1' | 'hit' | 'wellFormed'>;

/** The last complete answer of what the model wrote; one that a document shows does not count. */
export function answerOf(written: readonly string[], tags: TagSettings): string | null {
  return lastAnswer(written.join(''), tags);
}

/** Reward, F1 and hit as for trajectories from files (SPEC section 3 and 6), but from who wrote what. */
export function scoreRollout({ written, observations, admonished }: Authorship, goldenAnswers: readonly string[], finish: FinishReason, { dialect, tags }: EnvironmentSettings): Score {
  const answer = answerOf(written, tags);
  const known = goldenAnswers.length > 0;
  return {
    answer,
    reward: !known ? null : answer === null ? 0 : exactMatch(answer, goldenAnswers),
    f1: !known ? null : answer === null ? 0 : answerF1(answer, goldenAnswers),
    hit: known ? holdsGolden(observations, goldenAnswers) : null,
    wellFormed: finish === 'answered' && !admonished && keepsGrammar(written, dialect, tags),
  };
}

/**
 * Whether every turn is what the dialect asks for: one search or call, and at the end one answer. World, as
 * tools/backbone/scoring.py: `<think>…</think><search>…</search>`, at the end `<think>…</think><answer>…</answer><|im_end|>`,
 * with nothing between and no `<` inside. Search-R1: the same with white space between, other signs inside and without
 * the end of the turn, which it cuts. Qwen: any text around one call or, at the end, one answer.
 */
function keepsGrammar(written: readonly string[], dialect: Dialect, tags: TagSettings): boolean {
  const { turn, last } = grammar(dialect, tags);
  return written.every((text, index) => (index + 1 < written.length ? turn : last).test(text));
}

function grammar(dialect: Dialect, tags: TagSettings): { turn: RegExp; last: RegExp } {
  const all = [tags.think, tags.search, tags.answer].flatMap(({ open, close }) => [open, close]).filter((tag) => tag !== '');
  const sign = dialect === 'world' ? '[^<]' : `(?!${all.map(escapeRegExp).join('|')})[^]`;
  const text = `(?:${sign})*`;
  const space = dialect === 'world' ? '' : '\\s*';
  const pair = ({ open, close }: TagPair): string => `${escapeRegExp(open)}${text}${escapeRegExp(close)}`;
  const end = escapeRegExp('<|im_end|>');
  if (dialect === 'qwen') {
    // One sign at a time: a repetition inside the repetition would take exponential time to fail.
    const prose = `(?:${pair(tags.think)}|${sign})*`;
    return { turn: new RegExp(`^${prose}${pair(tags.search)}\\s*$`), last: new RegExp(`^${prose}${pair(tags.answer)}${text}${end}$`) };
  }
  const parts = (action: TagPair, tail: string): RegExp => new RegExp(`^${space}${pair(tags.think)}${space}${pair(action)}${space}${tail}$`);
  return { turn: parts(tags.search, ''), last: parts(tags.answer, dialect === 'world' ? end : '') };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
