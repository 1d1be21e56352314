import { SCALE_LABELS, SCALES } from '../../src/core/leas/accuracy.ts';
import type { LeasAnalysis, LeasRun } from '../../src/core/leas/analyse.ts';
import type { CountsFile } from '../../src/core/leas/counts.ts';
import { formatEffectInterval, formatPercent, formatRepeats, formatShare } from '../../src/core/leas/finding.ts';
import { EFFECTS, EFFECT_LABELS } from '../../src/core/leas/models.ts';
import { PUBLISHED_SHARES, PUBLISHED_SOURCE } from '../../src/core/leas/published.ts';
import type { SpreadSummary } from '../../src/core/leas/summary.ts';
import { WORLD_LABELS } from '../../src/core/leas/worlds.ts';
import { table } from './table.ts';

/** Rows of bad lines that are shown; the record has them all. */
const SHOWN = 10;

function spreadRow(name: string, { counted, negative, ties, intervalBelow, intervalAbove, mean, median }: SpreadSummary): string[] {
  const estimate = (value: typeof mean): string => (value === null ? '–' : formatEffectInterval(value));
  return [name, String(counted), estimate(mean), estimate(median), formatShare(negative), String(ties), String(intervalBelow.count), String(intervalAbove.count)];
}

function runReport({ seed, effects, scales, hBoth, placebo, worlds }: LeasRun, scale: LeasAnalysis['settings']['scale']): string {
  const head = [`${SCALE_LABELS[scale]} scale`, 'questions', 'mean [95 %]', 'median [95 %]', 'negative', 'ties', 'intervals < 0', 'intervals > 0'];
  const summary = effects.tool_x_reasoning;
  const others = SCALES.filter((other) => other !== scale).map((other) => spreadRow(`${EFFECT_LABELS.tool_x_reasoning}, ${SCALE_LABELS[other]}`, scales[other]));
  const references = [
    ['placebo: one model as two, split in halves', formatRepeats(placebo.negative), ''],
    ...worlds.map(({ world, negative, implied, held, questions }) => [`world: ${WORLD_LABELS[world]}`, formatRepeats(negative), `${implied.share === null ? '0' : `${formatPercent(implied.share)} of ${implied.of}`} without noise${held > 0 ? `, held at the edge in ${held} of ${questions}` : ''}`]),
    ...PUBLISHED_SHARES.map(({ backbone, dataset, negative }) => [`published: ${backbone}, ${dataset}`, `${(100 * negative).toFixed(1)} %`, '']),
  ];
  return [
    ...(seed === null ? [] : [`Training seed ${seed}`]),
    table([head, ...EFFECTS.map((effect) => spreadRow(EFFECT_LABELS[effect], effects[effect])), ...others, ...(hBoth === null ? [] : [spreadRow('H_Both less its prediction', hBoth)])]),
    `Left out of tool × reasoning: ${summary.neverAnswered.length} of ${summary.questions} questions that no model ever answered, ${summary.missing.length} without a model it needs.`,
    table([['tool × reasoning', 'negative', ''], [`measured${summary.ties > 0 ? ', without ties' : ''}`, formatShare(summary.negative), ''], ...references]),
  ].join('\n\n');
}

/** Results of LEAS for the terminal. */
export function leasReport(counts: CountsFile, { settings, runs, finding, caveat }: LeasAnalysis): string {
  const { problems, notes, rows, unknownModels } = counts;
  const bad = problems.slice(0, SHOWN).map(({ line, reason }) => `  line ${line}: ${reason}`);
  return [
    [
      `${rows} rows of counts${problems.length > 0 ? `, ${problems.length} left out:` : '.'}`,
      ...bad,
      ...(problems.length > SHOWN ? [`  and ${problems.length - SHOWN} more, all in record.json`] : []),
      ...(unknownModels.length > 0 ? [`Unknown models, for --map: ${unknownModels.map(({ name, rows: number }) => `${name} (${number} rows)`).join(', ')}`] : []),
      ...notes,
      ...(settings.epsilon === null ? [] : [`Clipped at ${settings.epsilon}: intervals of questions at the clip are too narrow (simulated coverage at n = 50 and accuracy 0.05: 0.82 at ε = 1e-3, 0.73 at 1e-6, 0.99 with +½).`]),
    ].join('\n'),
    ...runs.map((run) => runReport(run, settings.scale)),
    `Published: ${PUBLISHED_SOURCE.text}.`,
    `${finding}\n${caveat}`,
  ].join('\n\n');
}
