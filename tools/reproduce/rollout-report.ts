import type { HeadlessRolloutResult } from '../../src/features/headless-rollouts.ts';
import { table } from './table.ts';

const percent = (value: number | null): string => (value === null ? '–' : (100 * value).toFixed(1));
const withError = (value: number | null, error: number | null): string => (error === null ? percent(value) : `${percent(value)} ± ${percent(error)}`);

/** Results of a rollout run for the terminal: percentages with standard errors clustered by question. */
export function rolloutReport({ summaries, labels, questions, tokens, tokensPerSecond, seconds, split, provider, parity, noParity, device }: HeadlessRolloutResult): string {
  const rows = summaries.map((summary) => [
    labels[summary.writer] ?? String(summary.writer),
    String(summary.rollouts),
    withError(summary.exactMatch, summary.exactMatchError),
    percent(summary.f1),
    withError(summary.hit, summary.hitError),
    withError(summary.wellFormed, summary.wellFormedError),
    summary.searches.toFixed(2),
    summary.tokens.toFixed(1),
  ]);
  const total = split.inputs + split.kernels + split.sampling + split.environment;
  const share = (milliseconds: number): string => `${((100 * milliseconds) / Math.max(1e-9, total)).toFixed(0)} %`;
  return [
    table([['writer', 'rollouts', 'EM %', 'F1 %', 'retrieved %', 'well formed %', 'searches', 'tokens'], ...rows]),
    `± is the standard error over ${questions} ${questions === 1 ? 'question' : 'questions'}; searches and written tokens are means of a rollout.`,
    `${tokens} tokens encoded in ${seconds.toFixed(1)} s, ${tokensPerSecond.toFixed(0)} tokens/s while writing: inputs ${share(split.inputs)}, onnxruntime ${share(split.kernels)}, sampling ${share(split.sampling)}, environment ${share(split.environment)}.`,
    provider,
    parity ? `Engine and onnxruntime differ by at most ${parity.maxDifference.toExponential(1)} nats a token (mean ${parity.meanDifference.toExponential(1)}) over ${parity.tokens} tokens, on ${device}.` : `No parity: ${noParity ?? 'it was not measured.'}`,
  ].join('\n');
}
