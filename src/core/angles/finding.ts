import { isAveraged } from './designs.ts';
import { formatDegrees, formatInterval, formatP, plural } from './format.ts';
import type { AngleAnalysis, PairSummary } from './types.ts';

export interface FindingContext {
  /** Trajectories of which spans were measured. */
  readonly measured: number;
  /** Modules in the selection. */
  readonly modules: number;
}

/**
 * What was measured and what it means against the null, in one sentence, for instance: "R–T median 88.7° [88.1, 89.2],
 * inside what shuffled roles give (p = 0.41); R–R 61.3°, T–T 70.2°."
 */
export function findingSentence(analysis: Omit<AngleAnalysis, 'finding'>, context: FindingContext): string {
  const { RT } = analysis.pairs;
  if (RT.median === null) return nothingMeasured(analysis, context);
  const basis = RT.median.basis === 'rollouts' || RT.median.basis === 'draws' ? ' (one question)' : '';
  return `R–T median ${formatInterval(RT.median, formatDegrees)}${basis}, ${againstNull(analysis)}; ${sameRole(analysis)}.`;
}

function againstNull(analysis: Omit<AngleAnalysis, 'finding'>): string {
  const { value, reason } = analysis.permutation;
  if (value === null) return `without a null from shuffled roles (${lowerFirst(reason).replace(/\.$/, '')})`;
  const p = formatP(value.p);
  if (value.observed >= value.band.low && value.observed <= value.band.high) return `inside what shuffled roles give (${p})`;
  const place = value.observed < value.band.low ? 'closer than' : 'further apart than';
  return `${place} shuffled roles give (${formatInterval(value.band, formatDegrees)}, ${p})`;
}

function sameRole(analysis: Omit<AngleAnalysis, 'finding'>): string {
  const { RR, TT } = analysis.pairs;
  const parts = [part('R–R', RR), part('T–T', TT)];
  if (RR.median === null && TT.median === null) return `no same-role angle (${whyNoSameRole(analysis)})`;
  if (analysis.settings.design !== 'overlap' && nearNoise(RR) && nearNoise(TT)) return `${parts.join(', ')}, so same-role gradients are as far apart as independent ones`;
  return parts.join(', ');
}

function part(name: string, summary: PairSummary): string {
  if (summary.median === null) return `${name} none`;
  const { noise } = summary;
  // Only where the design by itself pulls angles together is its reference worth the room.
  const reference = noise !== null && Math.abs(noise.estimate - 90) > 1 ? ` (${formatDegrees(noise.estimate)} on noise alone)` : '';
  return `${name} ${formatDegrees(summary.median.estimate)}${reference}`;
}

/** The interval holds the noise's median. */
function nearNoise({ median, noise }: PairSummary): boolean {
  return median !== null && median.basis === undefined && noise !== null && median.low <= noise.estimate && median.high >= noise.estimate;
}

function whyNoSameRole({ settings, excluded }: Omit<AngleAnalysis, 'finding'>): string {
  if (settings.design === 'within') return 'no trajectory has two spans of a role';
  if (excluded.identical > 0) return 'the rollouts of each question are identical';
  return isAveraged(settings.design) ? 'no question has enough trajectories' : 'no question has two trajectories';
}

function nothingMeasured({ excluded, settings }: Omit<AngleAnalysis, 'finding'>, { measured, modules }: FindingContext): string {
  if (modules === 0) return `The model has no module in layer ${settings.layer}, target ${settings.target}: choose another or all.`;
  if (measured === 0) return 'Nothing is measured yet.';
  const reasons = [
    excluded.missingRole > 0 ? `${excluded.missingRole} without ${settings.reasoning === 'all' ? 'reasoning' : settings.reasoning} or tool spans` : '',
    excluded.zeroGradient > 0 ? `${excluded.zeroGradient} with a zero gradient` : '',
    excluded.notBothCorrect > 0 ? `${excluded.notBothCorrect} not correct` : '',
    excluded.noAdvantage > 0 ? `${excluded.noAdvantage} without an advantage` : '',
  ].filter((reason) => reason !== '');
  const left = measured - excluded.missingRole - excluded.zeroGradient - excluded.notBothCorrect - excluded.noAdvantage;
  if (left <= 0) return `No R–T angle: of ${plural(measured, 'trajectory', 'trajectories')}, ${reasons.join(', ')}.`;
  const need = settings.design === 'overlap' ? 'four different rollouts of one question' : 'two different rollouts of one question';
  const out = reasons.length === 0 ? '' : ` (left out: ${reasons.join(', ')})`;
  return `No R–T angle: this design needs ${need}, and ${plural(left, 'trajectory is', 'trajectories are')} not enough for it${out}.`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
