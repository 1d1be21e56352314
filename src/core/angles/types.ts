import type { Target } from '../gram/types.ts';

export const PAIRS = ['RR', 'TT', 'RT'] as const;
export type Pair = (typeof PAIRS)[number];

/**
 * How the two gradients of a same-role angle are made (the cross pair RT follows the same averaging):
 * `single`: two trajectories of a group; RT within one trajectory, as the paper.
 * `across`: as single, but RT across trajectories too, so that all three pairs are made alike.
 * `within`: split halves of one trajectory's spans (RR, TT); RT within.
 * `halves`: a group's rollouts split into two disjoint halves, each averaged.
 * `overlap`: the public code's two overlapping draws of 5 of 10 rollouts of a group, averaged with advantages.
 */
export const DESIGNS = ['single', 'across', 'within', 'halves', 'overlap'] as const;
export type Design = (typeof DESIGNS)[number];

export interface AngleSettings {
  readonly design: Design;
  /** Multiply each trajectory's gradients by its GRPO advantage. */
  readonly advantage: boolean;
  /** Which reasoning spans make g^r. */
  readonly reasoning: 'all' | 'think' | 'answer';
  readonly bothCorrect: boolean;
  /** Keep pairs of trajectories with identical tokens (a spike at 0°). */
  readonly identical: boolean;
  readonly layer: number | 'all';
  readonly target: Target | 'all';
  /** Draws of the label permutation and of the bootstrap. */
  readonly draws: number;
  readonly seed: number;
}

/** One angle. `a` and `b` index the Gram's trajectories (for averaged designs: any member of each half). */
export interface AngleRow {
  readonly pair: Pair;
  readonly a: number;
  readonly b: number;
  readonly degrees: number;
}

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /**
   * What was resampled, where it was not whole questions because the data hold one only: its `rollouts` (pairs by both
   * members), its `draws` (averaged designs), or `none` (a single figure: low = high = estimate says nothing).
   */
  readonly basis?: 'rollouts' | 'draws' | 'none';
}

export interface PairSummary {
  readonly n: number;
  /** Median with its 95 % interval, bootstrap clustered by question; null when n is 0. */
  readonly median: Interval | null;
  readonly quantiles: { readonly q05: number; readonly q25: number; readonly q75: number; readonly q95: number } | null;
  /** Mean cosine with its clustered interval; null when n is 0. */
  readonly cosine: Interval | null;
  /** The design's own reference on independent noise: median degrees, and the 5th to 95th percentile band. */
  readonly noise: Interval | null;
}

/** A figure that may be undefined, with the reason why. */
export type Maybe<Value> = { readonly value: Value; readonly reason?: undefined } | { readonly value: null; readonly reason: string };

export interface PermutationNull {
  readonly draws: number;
  /** Median RT angle: observed, and the null's median with its 95 % band, degrees. */
  readonly observed: number;
  readonly band: Interval;
  /** Two-sided p of the distance of the observed median from the null's centre, with the +1 correction. */
  readonly p: number;
  /** Null density per bin of the histograms (mean, and the 2.5 % and 97.5 % quantiles over draws), full range bins. */
  readonly bins: { readonly mean: Float64Array; readonly low: Float64Array; readonly high: Float64Array };
  readonly zoomBins: { readonly mean: Float64Array; readonly low: Float64Array; readonly high: Float64Array };
}

/** Fixed bins: 0–180° by 2°, and 80–100° by 0.25°. Densities are per degree, and the zoom's counts what falls outside. */
export const FULL_BINS = { from: 0, to: 180, width: 2 } as const;
export const ZOOM_BINS = { from: 80, to: 100, width: 0.25 } as const;

export interface AngleAnalysis {
  /** As applied: `overlap` always weights by the advantage. */
  readonly settings: AngleSettings;
  readonly rows: readonly AngleRow[];
  readonly pairs: Readonly<Record<Pair, PairSummary>>;
  /** Counts per bin of FULL_BINS and ZOOM_BINS. */
  readonly counts: Readonly<Record<Pair, Uint32Array>>;
  readonly zoomCounts: Readonly<Record<Pair, Uint32Array>>;
  /**
   * What the filters left out, in this order: trajectories without one of the roles (all three pairs are about the same
   * trajectories), with a zero gradient, not correct, without advantage (null, or 0 as in groups of one reward); and
   * identical rollouts: pairs of them for `single` and `across`, trajectories for `halves` and `overlap`.
   */
  readonly excluded: { readonly missingRole: number; readonly zeroGradient: number; readonly identical: number; readonly notBothCorrect: number; readonly noAdvantage: number };
  /** Parameters in the selection, effective dimension of K's spectrum (0 before the first block), and the isotropic sd in degrees for both (0 where the dimension is 0). */
  readonly isotropic: { readonly parameters: number; readonly effective: number; readonly sd: number; readonly sdEffective: number };
  readonly permutation: Maybe<PermutationNull>;
  readonly disattenuated: Maybe<Interval>;
  /** ‖g^r‖/‖g^a‖ within trajectories: median and clustered interval. */
  readonly normRatio: Maybe<Interval>;
  /** Cosine of the joint update g^r + g^a with g^r and with g^a, medians over trajectories. */
  readonly jointCosine: Maybe<{ readonly reasoning: Interval; readonly tool: Interval }>;
  /** Median angle per layer × target of the same design (degrees, NaN where undefined); rows are layers. */
  readonly modules: { readonly layers: number; readonly targets: readonly Target[]; readonly medians: Readonly<Record<Pair, Float64Array>> };
  /** Split-half RR and TT within trajectories. */
  readonly splitHalf: Readonly<Record<'RR' | 'TT', PairSummary>>;
  /** The finding in one sentence, with numbers and what they mean against the null. */
  readonly finding: string;
}
