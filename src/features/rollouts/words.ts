import type { FinishReason, Rollout } from '../../agent/types.ts';
import type { RolloutPhase, RolloutSummary } from '../../lab/rollout-events.ts';
import { formatCount, formatFixed, plural } from '../../ui/format.ts';
import { countTokens } from './result-rows.ts';

/** Why a rollout ended, in words. */
export const FINISH: Readonly<Record<FinishReason, string>> = {
  answered: 'answered',
  'ended-without-answer': 'ended without an answer',
  'too-many-searches': 'asked for one search too many',
  'turn-too-long': 'turn too long',
  'context-full': 'context full',
  'retriever-failed': 'the search failed',
  cancelled: 'cancelled',
};

export const PHASE: Readonly<Record<RolloutPhase, string>> = {
  load: 'Reading the backbone',
  corpus: 'Reading the corpus',
  session: 'Preparing onnxruntime',
  generate: 'Writing',
  parity: 'Comparing with the engine',
  finished: 'Finished',
};

/** "34.9 % ± 1.8", the error in percentage points. */
export function percent(share: number, error: number | null = null): string {
  return `${formatFixed(100 * share, 1)} %${error === null ? '' : ` ± ${formatFixed(100 * error, 1)}`}`;
}

/** One writer's rollouts in one sentence, numbers first; errors are standard errors clustered by question. */
/** Below this many, counts are plainer than shares. */
const FEW = 10;

export function summarySentence(summary: RolloutSummary): string {
  if (summary.rollouts < FEW && summary.exactMatch !== null) return countSentence(summary, summary.exactMatch);
  const count = formatCount(summary.rollouts);
  const means = `${formatFixed(summary.searches, 1)} ${summary.searches === 1 ? 'search' : 'searches'} and ${formatFixed(summary.tokens, 0)} tokens each`;
  const form = `${percent(summary.wellFormed, summary.wellFormedError)} keep the form`;
  if (summary.exactMatch === null) return `${plural(summary.rollouts, 'rollout')} without golden answers, so none can be right or wrong; ${form}; ${means}.`;
  const right = `${percent(summary.exactMatch, summary.exactMatchError)} of ${count} ${summary.rollouts === 1 ? 'answer is' : 'answers are'} right`;
  const hit = summary.hit === null ? '' : ` a golden answer stands in the documents of ${percent(summary.hit, summary.hitError)};`;
  return `${right};${hit} ${form}; ${means}.`;
}

function countSentence({ rollouts, hit, wellFormed, searches, tokens }: RolloutSummary, exactMatch: number): string {
  const of = (share: number): string => `${Math.round(share * rollouts)} of ${rollouts}`;
  const found = hit === null ? '' : ` a golden answer stands in the documents of ${of(hit)};`;
  const formed = wellFormed === 1 ? 'all keep the form' : `${of(wellFormed)} keep the form`;
  return `${of(exactMatch)} answers ${Math.round(exactMatch * rollouts) === 1 ? 'is' : 'are'} right;${found} ${formed}; ${formatFixed(searches, 1)} searches and ${formatFixed(tokens, 0)} tokens each on average.`;
}

/** One rollout in one sentence: what it answered, whether that is right, and what it took. */
export function rolloutSentence(rollout: Rollout): string {
  const { written } = countTokens(rollout.roles);
  const took = `${plural(rollout.searches.length, 'search', 'searches')} and ${plural(written, 'token')} of its own`;
  if (rollout.answer === null) return `No answer: ${FINISH[rollout.finish]}, after ${took}.`;
  if (rollout.reward === null) return `“${rollout.answer}”, after ${took}; without a golden answer it is neither right nor wrong.`;
  if (rollout.reward === 1) return `“${rollout.answer}” is right, after ${took}.`;
  return `“${rollout.answer}” is wrong (golden: ${goldenWords(rollout)}), after ${took}.`;
}

export function goldenWords({ question }: Pick<Rollout, 'question'>): string {
  return question.goldenAnswers.map((answer) => `“${answer}”`).join(' or ');
}
