import type { SeedCounts } from './counts.ts';
import { analyseLeas, type LeasAnalysis, type LeasSettings } from './analyse.ts';
import { compareWriters, type ComparedCount, type Comparison } from './comparison.ts';

/** Counts of one question set: an entry a training seed. */
export interface SetCounts {
  readonly label: string;
  readonly seeds: readonly SeedCounts[];
}

/** Everything that LEAS is worked out from; a file of counts is one set without a comparison. */
export interface ExperimentCounts {
  readonly sets: readonly SetCounts[];
  readonly compared: readonly ComparedCount[];
}

/** A file of counts: one set. */
export function experimentOfCounts(label: string, seeds: readonly SeedCounts[]): ExperimentCounts {
  return { sets: [{ label, seeds }], compared: [] };
}

export interface ExperimentAnalysis {
  readonly settings: LeasSettings;
  /** In the order of the counts; sets without any question that could be counted are there too. */
  readonly sets: readonly (LeasAnalysis & { readonly label: string })[];
  /** Null where nothing stands beside the hybrids. */
  readonly comparison: Comparison | null;
}

/**
 * LEAS on every set by itself (each from the same random numbers, so that a set's figures do not hang on which others
 * stand beside it), and the table beside the hybrids.
 * @throws RangeError for counts or settings that are none
 */
export function analyseExperiment({ sets, compared }: ExperimentCounts, settings: LeasSettings): ExperimentAnalysis {
  return {
    settings,
    sets: sets.map(({ label, seeds }) => ({ label, ...analyseLeas(seeds, settings) })),
    comparison: compared.length === 0 ? null : compareWriters(compared, settings),
  };
}
