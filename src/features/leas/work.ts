import { COMPARISON_CELLS } from '../../core/leas/writers.ts';
import { MODELS } from '../../core/leas/models.ts';
import type { LeasSet } from '../../lab/leas-events.ts';
import { seedsOf } from '../../state/leas/given-arms.ts';
import type { LeasSettings } from '../../state/leas/types.ts';

/** Training seeds that the bundled models are known to have; what there is in truth is told when the run is ready. */
const BUNDLED_SEEDS = 3;

/** Rollouts that these settings ask for; Base has no training seed and is asked once. @param size questions of a set, Infinity where unknown */
export function rolloutsOf({ models, sets, samples, comparisonSamples }: LeasSettings, size: (set: LeasSet) => number): number {
  const seeds = models.kind === 'train' ? models.seeds.length : models.kind === 'given' ? seedsOf(models.arms).length : BUNDLED_SEEDS;
  const asked = (writer: string): number => (writer === 'base' ? 1 : seeds);
  const isModel = (writer: string): boolean => MODELS.some((model) => model === writer);
  const perQuestion =
    MODELS.reduce((sum, model) => sum + samples * asked(model), 0) +
    // The seven models with search are in both; the greater number counts.
    COMPARISON_CELLS.reduce((sum, { writer, retrieval }) => sum + asked(writer) * (retrieval === 'search' && isModel(writer) ? Math.max(0, comparisonSamples - samples) : comparisonSamples), 0);
  return sets.reduce((sum, set) => sum + (set.maxQuestions === 0 ? size(set) : Math.min(set.maxQuestions, size(set))) * perQuestion, 0);
}
