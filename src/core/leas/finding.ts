import { SCALE_LABELS } from './accuracy.ts';
import type { LeasAnalysis, LeasRun } from './analyse.ts';
import { EFFECT_LABELS } from './models.ts';
import type { Share } from './share.ts';
import type { EffectSummary, QuestionInterval } from './summary.ts';
import type { RepeatSpread } from './tally.ts';
import { WORLD_LABELS } from './worlds.ts';

/** "41 %", from a share of 0 to 1. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** "41 % [33, 49]"; a dash of none. */
export function formatShare({ share, low, high }: Share): string {
  return share === null ? '–' : `${formatPercent(share)} [${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)}]`;
}

/** "48 % [40, 56]": the mean of repeats and where 95 % of them lie. */
export function formatRepeats(spread: RepeatSpread | null): string {
  return spread === null ? '–' : `${formatPercent(spread.mean)} [${(100 * spread.low).toFixed(0)}, ${(100 * spread.high).toFixed(0)}]`;
}

/** "−0.31", with a true minus sign. */
export function formatEffect(value: number): string {
  const text = value.toFixed(2);
  return text === '-0.00' ? '0.00' : text.replace('-', '−');
}

/** "−0.31 [−0.50, −0.12]"; without an interval below two questions. */
export function formatEffectInterval({ estimate, low, high }: QuestionInterval): string {
  return low === null || high === null ? formatEffect(estimate) : `${formatEffect(estimate)} [${formatEffect(low)}, ${formatEffect(high)}]`;
}

type Parts = Pick<LeasAnalysis, 'settings' | 'runs' | 'seeds'>;
const NAME = EFFECT_LABELS.tool_x_reasoning;

/**
 * What was measured and what noise alone gives, in one sentence, for instance: "tool × reasoning is negative in 41 %
 * [33, 49] of 150 questions, where a placebo gives 50 % [42, 58]: fewer than noise alone gives; mean 0.31 [0.05, 0.57]
 * (logit), 2 intervals lie below 0 and 12 above." The share is of questions without exact ties, and so is the placebo's.
 */
export function findingSentence({ settings, runs, seeds }: Parts): string {
  const counted = runs.filter(({ effects }) => effects.tool_x_reasoning.counted > 0);
  if (counted.length === 0) return nothing(runs);
  if (counted.length > 1) return ofSeeds({ settings, runs: counted, seeds });
  const [{ effects, placebo }] = counted;
  const summary = effects.tool_x_reasoning;
  const tail = `${summary.mean === null ? '' : `mean ${formatEffectInterval(summary.mean)} (${SCALE_LABELS[settings.scale]}), `}${intervals(summary)}`;
  if (summary.negative.share === null) return `${NAME} is exactly 0 in all ${summary.counted} questions: their counts tie.`;
  const beside = placebo.negative === null ? 'without a placebo (no question can be split)' : `where a placebo gives ${formatRepeats(placebo.negative)}: ${againstPlacebo(summary.negative.share, placebo.negative)}`;
  return `${NAME} is negative in ${formatShare(summary.negative)} of ${questions(summary.negative.of)}${ties(summary)}, ${beside}; ${tail}.`;
}

function againstPlacebo(share: number, placebo: RepeatSpread): string {
  if (share >= placebo.low && share <= placebo.high) return 'no more and no fewer than noise alone gives';
  return `${share < placebo.low ? 'fewer' : 'more'} than noise alone gives`;
}

function intervals({ intervalBelow, intervalAbove, counted }: EffectSummary): string {
  return `${intervalBelow.count} of ${counted} intervals ${intervalBelow.count === 1 ? 'lies' : 'lie'} below 0 and ${intervalAbove.count} above`;
}

function ties(summary: EffectSummary): string {
  return summary.ties === 0 ? '' : ` (${summary.ties === 1 ? '1 exact tie' : `${summary.ties} exact ties`} apart)`;
}

function questions(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'question' : 'questions'}`;
}

function ofSeeds({ settings, runs, seeds }: Parts): string {
  const { negative, mean, regime, reason } = seeds;
  const [least, most] = [Math.min, Math.max].map((pick) => pick(...runs.map(({ effects }) => effects.tool_x_reasoning.negative.of)));
  const placebos = runs.flatMap(({ placebo }) => (placebo.negative === null ? [] : [placebo.negative]));
  const placebo = placebos.length === 0 ? '' : `, where placebos lie between ${formatPercent(Math.min(...placebos.map(({ low }) => low)))} and ${formatPercent(Math.max(...placebos.map(({ high }) => high)))}`;
  const share = negative === null ? 'of no sign in any question' : `negative in ${formatPercent(negative.low)} to ${formatPercent(negative.high)} of ${least === most ? questions(least) : `${least} to ${questions(most)}`}`;
  const size = mean === null ? '' : `; mean ${formatEffect(mean.mean)} (${SCALE_LABELS[settings.scale]}${mean.deviation === null ? '' : `, ${formatEffect(mean.deviation)} sd between seeds`})`;
  return `Over ${runs.length} training seeds ${NAME} is ${share}${placebo}${size}: ${regime}, since ${reason}.`;
}

function nothing(runs: readonly LeasRun[]): string {
  const summaries = runs.map(({ effects }) => effects.tool_x_reasoning);
  const never = summaries.reduce((sum, { neverAnswered }) => sum + neverAnswered.length, 0);
  const missing = summaries.reduce((sum, summary) => sum + summary.missing.length, 0);
  if (never + missing === 0) return `No ${NAME}: there are no counts.`;
  const reasons = [missing > 0 ? `${questions(missing)} without counts of M_Uni, M_Tool, M_Reas or Base` : '', never > 0 ? `${questions(never)} that no model ever answered` : ''].filter((reason) => reason !== '');
  return `No ${NAME}: ${reasons.join(' and ')}.`;
}

/**
 * One sentence on what the sign proves and what not, with this run's own reference worlds (means over training seeds).
 */
export function caveatSentence({ runs }: Parts): string {
  const share = (world: 'independent_failures' | 'two_stages'): string | null => {
    const found = runs.flatMap(({ worlds }) => worlds.filter((entry) => entry.world === world).flatMap(({ negative }) => (negative === null ? [] : [negative.mean])));
    return found.length === 0 ? null : formatPercent(found.reduce((sum, value) => sum + value, 0) / found.length);
  };
  const [failures, stages] = [share('independent_failures'), share('two_stages')];
  const numbers = failures === null || stages === null ? '' : `: with these accuracies of Base, M_Tool and M_Reas and no interference at all, ${failures} would be negative if the two abilities removed ${WORLD_LABELS.independent_failures}, and ${stages} if success took ${WORLD_LABELS.two_stages}`;
  return `The sign says whether M_Uni does more or less than its single parts add up to on this scale, and alone proves neither interference nor synergy${numbers}.`;
}
