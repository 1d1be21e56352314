import type { ParameterSet, SpanGram } from '../gram/types.ts';
import { formatDegrees, formatInterval, formatP, plural } from './format.ts';
import type { AngleAnalysis, Design, Pair, PairSummary } from './types.ts';

export const PAIR_NAMES: Readonly<Record<Pair, string>> = { RR: 'R–R', TT: 'T–T', RT: 'R–T' };

export const DESIGN_NAMES: Readonly<Record<Design, string>> = {
  single: 'single trajectories, R–T within',
  across: 'single trajectories, R–T across',
  within: 'split halves within trajectories',
  halves: 'disjoint halves of a question’s rollouts',
  overlap: 'overlapping draws of 5 of 10 rollouts',
};

/** One sentence that says what a pair's histogram shows. */
export function pairSummaryText(pair: Pair, summary: PairSummary): string {
  const name = PAIR_NAMES[pair];
  if (summary.median === null || summary.quantiles === null) return `${name}: no angles.`;
  const { q05, q25, q75, q95 } = summary.quantiles;
  const noise = summary.noise === null ? '' : `; independent noise through the same design gives ${formatDegrees(summary.noise.estimate)} (5 to 95 %: ${formatDegrees(summary.noise.low)} to ${formatDegrees(summary.noise.high)})`;
  return `${name}: ${plural(summary.n, 'angle', 'angles')}, median ${formatInterval(summary.median, formatDegrees)}, half of them between ${formatDegrees(q25)} and ${formatDegrees(q75)}, 90 % between ${formatDegrees(q05)} and ${formatDegrees(q95)}${noise}.`;
}

/** One sentence on the module heat map of a pair. */
export function modulesSummaryText(pair: Pair, modules: AngleAnalysis['modules']): string {
  let [least, most] = [-1, -1];
  const medians = modules.medians[pair];
  medians.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    if (least < 0 || value < medians[least]) least = index;
    if (most < 0 || value > medians[most]) most = index;
  });
  if (least < 0) return `${PAIR_NAMES[pair]} by module: no angles.`;
  const place = (index: number): string => `layer ${Math.floor(index / modules.targets.length)} ${modules.targets[index % modules.targets.length]}`;
  return `${PAIR_NAMES[pair]} by module: medians from ${formatDegrees(medians[least])} (${place(least)}) to ${formatDegrees(medians[most])} (${place(most)}).`;
}

const SET_NAMES: Readonly<Record<ParameterSet, string>> = { full: 'full weights', lora: 'adapters' };

/** The line under a chart: what was drawn, from how much, which parameters, which null, which seed. */
export function captionLine(gram: Pick<SpanGram, 'parameterSet' | 'blocks'>, analysis: AngleAnalysis): string {
  const { settings, pairs, isotropic, permutation } = analysis;
  const parts = [
    `${pairs.RR.n} R–R, ${pairs.TT.n} T–T, ${pairs.RT.n} R–T angles of ${plural(gram.blocks.length, 'question', 'questions')}`,
    `${SET_NAMES[gram.parameterSet]}, layer ${settings.layer}, target ${settings.target} (${plural(isotropic.parameters, 'parameter', 'parameters')})`,
    `${DESIGN_NAMES[settings.design]}${settings.advantage ? ', advantage-weighted' : ''}${settings.reasoning === 'all' ? '' : `, ${settings.reasoning} only`}${settings.bothCorrect ? ', correct only' : ''}${settings.identical ? ', identical rollouts kept' : ''}`,
    permutation.value === null ? 'no label null' : `null: ${plural(permutation.value.draws, 'shuffle', 'shuffles')} of role labels, ${formatP(permutation.value.p)}`,
    `seed ${settings.seed}`,
  ];
  return `${parts.join('; ')}.`;
}
