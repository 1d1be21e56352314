import { characterSpans } from './roles.ts';
import type { TagSettings, Trajectory } from './types.ts';

/** SQuAD's normalisation: lower-case, strip ASCII punctuation, drop a/an/the, collapse spaces. */
export function normaliseAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
}

/** 1 when the prediction equals any golden answer after normalisation, else 0. */
export function exactMatch(prediction: string, goldenAnswers: readonly string[]): 0 | 1 {
  const normal = normaliseAnswer(prediction);
  return goldenAnswers.some((golden) => normaliseAnswer(golden) === normal) ? 1 : 0;
}

/** Largest word F1 against any golden answer, in [0, 1]. */
export function answerF1(prediction: string, goldenAnswers: readonly string[]): number {
  const predicted = words(prediction);
  let best = 0;
  for (const golden of goldenAnswers) {
    const expected = words(golden);
    // SQuAD: two empty answers agree.
    if (predicted.length === 0 || expected.length === 0) {
      if (predicted.length === expected.length) best = 1;
      continue;
    }
    const left = new Map<string, number>();
    for (const word of expected) left.set(word, (left.get(word) ?? 0) + 1);
    let common = 0;
    for (const word of predicted) {
      const count = left.get(word) ?? 0;
      if (count > 0) {
        common++;
        left.set(word, count - 1);
      }
    }
    if (common > 0) best = Math.max(best, (2 * common) / (predicted.length + expected.length));
  }
  return best;
}

function words(text: string): string[] {
  const normal = normaliseAnswer(text);
  return normal === '' ? [] : normal.split(' ');
}

/** The trajectory's parts that score it. */
export interface ScoredParts {
  /** Inside of the last complete answer tag that the model wrote, or null. */
  readonly answer: string | null;
  /** Text of every observation. */
  readonly observations: readonly string[];
}

/** Finds the last answer outside observations (a document may hold `<answer>` too) and the observations. */
export function scoredParts(text: string, responseStart: number, tags: TagSettings): ScoredParts {
  const spans = characterSpans(text, responseStart, tags);
  const observations: string[] = [];
  let written = '';
  for (const span of spans) {
    const part = text.slice(span.start, span.end);
    if (span.role === 'observation') observations.push(part);
    else if (span.role !== 'prompt') written += part;
  }
  return { answer: lastAnswer(written, tags), observations };
}

/** Inside of the last complete answer tag of a text that the model wrote, trimmed, or null. */
export function lastAnswer(written: string, tags: TagSettings): string | null {
  return lastBetween(written, tags.answer.open, tags.answer.close);
}

function lastBetween(text: string, open: string, close: string): string | null {
  // As a non-greedy match from left to right, of which the last counts.
  let found: string | null = null;
  let at = text.indexOf(open);
  while (at >= 0) {
    const start = at + open.length;
    const end = text.indexOf(close, start);
    if (end < 0) break;
    found = text.slice(start, end).trim();
    at = text.indexOf(open, end + close.length);
  }
  return found;
}

/**
 * Exact-match reward: the last `<answer>` in the response against any golden answer (SPEC section 3). 0 without an
 * answer; null without golden answers.
 */
export function exactMatchReward(trajectory: Pick<Trajectory, 'text' | 'responseStart' | 'goldenAnswers'>, tags: TagSettings): 0 | 1 | null {
  if (trajectory.goldenAnswers.length === 0) return null;
  const { answer } = scoredParts(trajectory.text, trajectory.responseStart, tags);
  return answer === null ? 0 : exactMatch(answer, trajectory.goldenAnswers);
}

/** Whether a golden answer occurs, normalised, in one of the texts. Whole words are not asked, as in the published metric. */
export function holdsGolden(observations: readonly string[], goldenAnswers: readonly string[]): boolean {
  const golden = goldenAnswers.map(normaliseAnswer).filter((answer) => answer !== '');
  return observations.some((observation) => {
    const normal = normaliseAnswer(observation);
    return golden.some((answer) => normal.includes(answer));
  });
}

/**
 * GRPO advantages A = (R − mean)/(std + 1e-6) within each group, std unbiased (SPEC section 3). A group without variance,
 * or of one rollout, gets 0. Unknown rewards (null) get null and do not enter the group's mean.
 */
export function groupAdvantages(rewards: readonly (number | null)[], groups: readonly string[]): (number | null)[] {
  if (rewards.length !== groups.length) throw new RangeError(`${rewards.length} rewards but ${groups.length} groups.`);
  const members = new Map<string, number[]>();
  rewards.forEach((reward, index) => {
    if (reward === null) return;
    const list = members.get(groups[index]);
    if (list === undefined) members.set(groups[index], [reward]);
    else list.push(reward);
  });
  const moments = new Map<string, { mean: number; std: number }>();
  for (const [group, list] of members) {
    const mean = list.reduce((sum, reward) => sum + reward, 0) / list.length;
    const squares = list.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
    // Rounding of equal rewards such as 0.1 must not pass for variance.
    const equal = list.every((reward) => reward === list[0]);
    moments.set(group, { mean, std: equal ? 0 : Math.sqrt(squares / (list.length - 1)) });
  }
  return rewards.map((reward, index) => {
    if (reward === null) return null;
    const { mean, std } = moments.get(groups[index])!;
    return std === 0 ? 0 : (reward - mean) / (std + 1e-6);
  });
}
