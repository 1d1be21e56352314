import type { Comparison } from '../../src/core/leas/comparison.ts';
import { formatEffect, formatEffectInterval } from '../../src/core/leas/finding.ts';
import type { QuestionInterval } from '../../src/core/leas/summary.ts';
import { WRITER_LABELS } from '../../src/core/leas/writers.ts';
import { table } from './table.ts';

function percent({ estimate, low, high }: QuestionInterval): string {
  const of = (value: number): string => (100 * value).toFixed(1);
  return low === null || high === null ? `${of(estimate)} %` : `${of(estimate)} % [${of(low)}, ${of(high)}]`;
}

/** The table beside the hybrids for the terminal: accuracies, then differences paired by question. */
export function comparisonReport({ rows, pairs }: Comparison): string {
  const sets = [...new Set(rows.map(({ set }) => set))];
  return sets
    .flatMap((set) => [
      table([
        [`Set ${set}, mean [95 %] over questions`, 'retrieval', 'exact match', 'F1', 'hit', 'questions', 'seeds', 'rollouts'],
        ...rows.filter((row) => row.set === set).map(({ writer, retrieval, scores, questions, seeds, rollouts }) => [WRITER_LABELS[writer], retrieval, percent(scores.exactMatch), percent(scores.f1), percent(scores.hit), String(questions), String(seeds), String(rollouts)]),
      ]),
      table([
        [`Set ${set}, left less right, paired by question`, 'retrieval', 'exact match', 'hit', 'each training seed'],
        ...pairs
          .filter((pair) => pair.set === set)
          .map(({ left, right, retrieval, differences, bySeed }) => [
            `${WRITER_LABELS[left]} − ${WRITER_LABELS[right]}`,
            retrieval,
            formatEffectInterval(differences.exactMatch),
            formatEffectInterval(differences.hit),
            bySeed.map(({ difference }) => formatEffect(difference)).join(' '),
          ]),
      ]),
    ])
    .join('\n\n');
}
