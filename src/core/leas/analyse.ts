import { Random } from '../random.ts';
import { SCALES, checkChoice } from './accuracy.ts';
import type { AccuracyChoice, Scale } from './accuracy.ts';
import { questionEffects } from './coefficients.ts';
import type { QuestionCounts, QuestionEffects } from './coefficients.ts';
import { caveatSentence, findingSentence } from './finding.ts';
import { EFFECTS } from './models.ts';
import type { Effect } from './models.ts';
import { splitHalfPlacebo } from './placebo.ts';
import type { Placebo } from './placebo.ts';
import { summariseSeeds } from './seeds.ts';
import type { SeedSummary } from './seeds.ts';
import { isCounted, summariseEffect, summariseHBoth } from './summary.ts';
import type { EffectSummary, SpreadSummary } from './summary.ts';
import { lambdaHistogram } from './tally.ts';
import type { LambdaHistogram } from './tally.ts';
import { referenceWorlds } from './worlds.ts';
import type { WorldSummary } from './worlds.ts';

export interface LeasSettings extends AccuracyChoice {
  /** Seed of every random draw; not a training seed. */
  readonly seed: number;
  /** Bootstrap draws over questions. */
  readonly draws: number;
  /** Random splits of the placebo. */
  readonly splits: number;
  /** Simulated repeats of each reference world. */
  readonly repeats: number;
}

/** 200 repeats fix the ends of a 95 % range of shares to about half a percentage point at 150 questions. */
export const DEFAULT_LEAS_SETTINGS: LeasSettings = { scale: 'logit', epsilon: null, seed: 1, draws: 1000, splits: 200, repeats: 200 };

/** One training seed. */
export interface LeasRun {
  /** Null where the counts tell no seeds. */
  readonly seed: string | null;
  readonly rows: readonly QuestionEffects[];
  readonly effects: Readonly<Record<Effect, EffectSummary>>;
  /** Tool × reasoning on every scale, unclipped but for the chosen scale. */
  readonly scales: Readonly<Record<Scale, EffectSummary>>;
  readonly hBoth: SpreadSummary | null;
  /** Tool × reasoning of the counted questions. */
  readonly histogram: LambdaHistogram;
  readonly placebo: Placebo;
  readonly worlds: readonly WorldSummary[];
}

export interface LeasAnalysis {
  readonly settings: LeasSettings;
  readonly runs: readonly LeasRun[];
  readonly seeds: SeedSummary;
  readonly finding: string;
  /** What the sign proves and what not. */
  readonly caveat: string;
}

/**
 * Every figure of LEAS from counts (SPEC section 5). Deterministic: the same counts and settings give the same bits, in
 * whatever order the questions stand.
 * @param counts one entry a training seed
 * @throws RangeError for counts, an ε, draws or a seed that are none
 */
export function analyseLeas(counts: readonly { readonly seed: string | null; readonly questions: readonly QuestionCounts[] }[], settings: LeasSettings): LeasAnalysis {
  checkChoice(settings);
  for (const [name, value] of Object.entries({ draws: settings.draws, splits: settings.splits, repeats: settings.repeats })) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`No analysis with ${value} ${name}.`);
  }
  const random = new Random(settings.seed).stream('leas');
  const runs = counts.map(({ seed, questions }) => analyseRun(seed, questions, settings, random.stream(seed ?? '')));
  const seeds = summariseSeeds(runs.map(({ effects }) => effects.tool_x_reasoning));
  const analysis = { settings, runs, seeds };
  return { ...analysis, finding: findingSentence(analysis), caveat: caveatSentence(analysis) };
}

function analyseRun(seed: string | null, questions: readonly QuestionCounts[], settings: LeasSettings, random: Random): LeasRun {
  const rows = questions.map((question) => questionEffects(question, settings));
  const bootstrap = random.stream('bootstrap');
  const effects = Object.fromEntries(EFFECTS.map((effect) => [effect, summariseEffect(rows, effect, settings.draws, bootstrap.stream(effect))])) as Record<Effect, EffectSummary>;
  const scales = Object.fromEntries(
    SCALES.map((scale) => {
      if (scale === settings.scale) return [scale, effects.tool_x_reasoning];
      const others = questions.map((question) => questionEffects(question, { scale, epsilon: null }));
      return [scale, summariseEffect(others, 'tool_x_reasoning', settings.draws, bootstrap.stream('tool_x_reasoning'))];
    }),
  ) as Record<Scale, EffectSummary>;
  return {
    seed,
    rows,
    effects,
    scales,
    hBoth: summariseHBoth(rows, settings.draws, bootstrap.stream('h_both')),
    histogram: lambdaHistogram(rows.filter(isCounted).map(({ coefficients }) => coefficients.tool_x_reasoning!.estimate), settings.scale),
    placebo: splitHalfPlacebo(rows, settings, settings.splits, random.stream('placebo')),
    worlds: referenceWorlds(rows, settings, settings.repeats, random.stream('worlds')),
  };
}
