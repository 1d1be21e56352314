import type { FoundPassage, Rollout, TokenAdded } from '../../../agent/types.ts';
import { answerF1, exactMatch } from '../../../core/trajectory/reward.ts';
import type { EncodedTrajectory, SpanKind } from '../../../core/trajectory/types.ts';
import type { RolloutView, SearchView } from '../../../state/rollouts/types.ts';

export interface RolloutFixture {
  readonly rollout: Rollout;
  readonly view: RolloutView;
}

/** A steady stand-in for a log-probability: most tokens are nearly certain, some are not. */
function logprobAt(index: number, position: number): number {
  const turn = Math.abs(Math.sin(12.9898 * (position + 1) + 78.233 * (index + 1)) * 43758.5453) % 1;
  return turn < 0.7 ? -0.02 * turn : turn < 0.88 ? -0.4 - turn / 4 : -3 * turn + 0.6;
}

/** A trajectory of a file in the shape of a finished rollout. */
export function toRollout(trajectory: EncodedTrajectory, index: number, hit: boolean | null): RolloutFixture {
  const { source, spans, pieces, roles, adapters } = trajectory;
  const kinds = spans.flatMap((span) => new Array<SpanKind>(span.end - span.start).fill(span.kind));
  const id = `${source.group}/${index}`;
  const answer = source.text.split('<answer>').at(-1)?.split('</answer>')[0].trim() ?? null;
  const tokens = pieces.map((piece, position): TokenAdded => {
    const written = roles[position] === 1 || roles[position] === 2;
    const logprob = written ? logprobAt(index, position) : Number.NaN;
    const others = [' the', ' Andorra', ' I', ' currency', '.'].map((other, rank) => ({ token: 300 + rank, piece: other, logprob: Math.log(Math.max(1e-6, (1 - Math.exp(logprob)) * 0.5 ** (rank + 1))) }));
    const alternatives = written ? [{ token: trajectory.tokens[position], piece, logprob }, ...others].sort((a, b) => b.logprob - a.logprob) : [];
    return { rollout: id, position, token: trajectory.tokens[position], piece, role: roles[position], kind: kinds[position], adapter: position === 0 ? 0 : adapters[position - 1], logprob, alternatives };
  });
  const searches = searchesOf(trajectory);
  const rollout: Rollout = {
    id,
    question: { id: source.group, question: source.question, goldenAnswers: source.goldenAnswers, hops: searches.length || 1, supportingTitles: [] },
    sample: Number(source.id.split('-').at(-1)),
    writer: 0,
    tokens: trajectory.tokens,
    promptTokens: roles.findIndex((role) => role !== 0),
    roles,
    kinds,
    inAnswer: trajectory.inAnswer,
    adapters,
    logprobs: Float32Array.from(tokens, (token) => token.logprob),
    pieces,
    alternatives: tokens.map((token) => token.alternatives),
    text: source.text,
    searches: searches.map((search) => search.call),
    finish: 'answered',
    answer,
    reward: answer === null ? 0 : exactMatch(answer, source.goldenAnswers),
    f1: answer === null ? 0 : answerF1(answer, source.goldenAnswers),
    hit,
    wellFormed: true,
    reencodedTokens: 0,
  };
  return { rollout, view: { id, question: rollout.question, sample: rollout.sample, writer: 0, tokens, searches, finished: rollout, revision: tokens.length } };
}

function searchesOf({ spans, pieces }: EncodedTrajectory): SearchView[] {
  const textOf = (start: number, end: number) => pieces.slice(start, end).join('');
  return spans.flatMap((span, at) => {
    const tool = spans.at(at - 1);
    if (span.role !== 'observation' || tool?.role !== 'tool') return [];
    const passages = Array.from(textOf(span.start, span.end).matchAll(/Doc \d+\(Title: (.*?)\) (.*?)(?= Doc \d+\(|<\/information>)/gs), (match, rank): FoundPassage => ({ id: String(rank), title: match[1], text: match[2], score: 9.4 - 2.1 * rank }));
    return [{ answered: true, call: { query: textOf(tool.start, tool.end).replace('</search>', '').trim(), passages, start: span.start, end: span.end, milliseconds: 1, failure: null } }];
  });
}
