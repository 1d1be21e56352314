import type { Rollout } from './types.ts';

/**
 * One rollout as a line of JSON Lines (SPEC section 8), without the line break. It opens again with the same tokens and
 * roles. `group` is the question's id, and the writer's label where several wrote: advantages compare rollouts of one
 * writer. `logprobs` has 6 significant digits, null for tokens that were not sampled.
 * @param writers the labels of the run's writers; fewer than two: the writer is not named
 */
export function rolloutLine(rollout: Rollout, writers: readonly string[] = []): string {
  const { question, promptTokens, text, pieces } = rollout;
  const label = writers.length > 1 ? (writers.at(rollout.writer) ?? String(rollout.writer)) : null;
  const response = pieces.slice(0, promptTokens).reduce((length, piece) => length + piece.length, 0);
  return JSON.stringify({
    id: rollout.id,
    group: label === null ? question.id : `${question.id} ${label}`,
    question: question.question,
    golden_answers: question.goldenAnswers,
    prompt: text.slice(0, response),
    response: text.slice(response),
    tokens: [...rollout.tokens],
    prompt_tokens: promptTokens,
    roles: [...rollout.roles],
    reward: rollout.reward,
    f1: rollout.f1,
    hit: rollout.hit,
    searches: rollout.searches.length,
    finish: rollout.finish,
    logprobs: Array.from(rollout.logprobs, (logprob) => (Number.isFinite(logprob) ? Number(logprob.toPrecision(6)) : null)),
    sample: rollout.sample,
    ...(label === null ? {} : { writer: label }),
  });
}
