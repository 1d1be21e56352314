import type { ParameterSet, SpanGram } from '../gram/types.ts';
import { formatP, plural } from './format.ts';
import type { AngleAnalysis, Design } from './types.ts';

export const DESIGN_NAMES: Readonly<Record<Design, string>> = {
  single: 'single trajectories, R–T within',
  across: 'single trajectories, R–T across',
  within: 'split halves within trajectories',
  halves: 'disjoint halves of a question’s rollouts',
  overlap: 'overlapping draws of 5 of 10 rollouts',
};

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
