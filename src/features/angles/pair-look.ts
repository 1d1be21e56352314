import type { Design, Pair } from '../../core/angles/types.ts';
import type { Tone } from '../../charts/tones.ts';

/** How the three pairs are named and drawn, the same on every page. */
export const PAIR_LOOK: Readonly<Record<Pair, { readonly label: string; readonly words: string; readonly tone: Tone }>> = {
  RR: { label: 'R–R', words: 'reasoning with reasoning', tone: 'reasoning' },
  TT: { label: 'T–T', words: 'tool with tool', tone: 'tool' },
  RT: { label: 'R–T', words: 'reasoning with tool', tone: 'cross' },
};

export const DESIGN_LABEL: Readonly<Record<Design, string>> = {
  single: 'Single (as the paper)',
  across: 'All across trajectories',
  within: 'Within one trajectory',
  halves: 'Disjoint halves',
  overlap: 'Overlapping draws (code)',
};

export const DESIGN_NOTE: Readonly<Record<Design, string>> = {
  single: 'R–R and T–T between two trajectories of a question, R–T inside one trajectory.',
  across: 'All three pairs between two trajectories of a question, so they are made alike.',
  within: 'R–R and T–T between split halves of one trajectory’s spans, R–T inside it.',
  halves: 'A question’s rollouts in two disjoint halves, each averaged before the angle is taken.',
  overlap: 'Two draws of 5 of 10 rollouts of a question, advantage-weighted. The draws share rollouts, so noise alone gives about 55 to 66° here.',
};
