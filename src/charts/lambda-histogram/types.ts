import type { LambdaHistogram as Counts } from '../../core/leas/tally.ts';

export interface LambdaReference {
  /** `placebo` is drawn as a thin grey step, every other one as a dashed line of its own. */
  readonly key: string;
  readonly label: string;
  /** Mean counts, which add up to the questions. */
  readonly histogram: Counts;
  readonly shown: boolean;
}

/** From where to where, in the unit; ±Infinity where the values beyond the bins are chosen too. */
export type LambdaRange = readonly [number, number];

export interface LambdaHistogramProps {
  readonly measured: Counts;
  readonly references: readonly LambdaReference[];
  /** Questions whose λ is exactly 0; they lie in the middle bin. */
  readonly ties: number;
  readonly median: number | null;
  readonly unit: string;
  readonly brush: LambdaRange | null;
  readonly onBrush: (range: LambdaRange | null) => void;
  readonly height?: number;
  readonly label: string;
}
