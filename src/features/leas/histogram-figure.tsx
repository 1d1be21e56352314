import { useMemo } from 'react';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import { LambdaHistogram } from '../../charts/lambda-histogram/lambda-histogram.tsx';
import type { LambdaReference } from '../../charts/lambda-histogram/types.ts';
import type { LeasRun, LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import { formatPercent, formatRepeats, formatShare } from '../../core/leas/finding.ts';
import { WORLD_LABELS, WORLDS, type World } from '../../core/leas/worlds.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { formatCount, formatFixed, plural } from '../../ui/format.ts';
import styles from './map-filters.module.css';
import { setLeasPage, useLeasPage } from './page-store.ts';
import { unitOf } from './words.ts';

interface Props {
  readonly seedRun: LeasRun;
  readonly caption: string;
  readonly settings: AnalysisSettings;
}

const KEYS: readonly (World | 'placebo')[] = [...WORLDS, 'placebo'];
const labelOf = (key: World | 'placebo'): string => (key === 'placebo' ? 'split-half placebo' : WORLD_LABELS[key]);

/** Tool × reasoning over questions, beside what the same accuracies give without interference. */
export function HistogramFigure({ seedRun, caption, settings }: Props) {
  const brush = useLeasPage((page) => page.brush);
  const shown = useLeasPage((page) => page.references);
  const { histogram, placebo, worlds, effects } = seedRun;
  const summary = effects.tool_x_reasoning;
  const unit = unitOf(settings.scale);
  const references = useMemo((): readonly LambdaReference[] => {
    const of = (key: World | 'placebo') => (key === 'placebo' ? placebo.histogram : (worlds.find(({ world }) => world === key)?.histogram ?? placebo.histogram));
    return KEYS.map((key) => ({ key, label: labelOf(key), histogram: of(key), shown: shown.includes(key) }));
  }, [placebo, worlds, shown]);
  const { from, width } = histogram.bins;
  const bins = histogram.counts.map((count, bin) => [from + bin * width, from + (bin + 1) * width, count, ...references.map((reference) => reference.histogram.counts[bin] ?? 0)]);
  const outside = histogram.below + histogram.above;
  return (
    <Figure
      title={summary.negative.share === null ? 'Tool × reasoning has no sign in any question' : `Tool × reasoning: negative in ${formatShare(summary.negative)}${placebo.negative === null ? '' : `, placebo ${formatRepeats(placebo.negative)}`}`}
      summary={`${plural(summary.counted, 'question')}${summary.neverAnswered.length > 0 ? `, ${formatCount(summary.neverAnswered.length)} never answered left out` : ''}. Lines: the same accuracies of Base, M_Tool and M_Reas in worlds without interference, means of ${plural(placebo.repeats, 'repeat')}: ${worlds.map(({ world, negative }) => `${WORLD_LABELS[world]} ${negative === null ? '–' : formatPercent(negative.mean)}`).join(', ')} negative.${outside > 0 ? ` ${formatCount(outside)} beyond the axis.` : ''} Drag over the bars, or move with the arrow keys, to choose questions.`}
      table={{
        caption: 'Questions in each bin of tool × reasoning, and mean counts of the references',
        columns: [
          { id: 'from', label: `from (${unit})`, align: 'right' },
          { id: 'to', label: 'to', align: 'right' },
          { id: 'measured', label: 'measured', align: 'right' },
          ...KEYS.map((key) => ({ id: key, label: labelOf(key), align: 'right' as const })),
        ],
        rows: bins.map((cells) => cells.map((value, column) => formatFixed(value, column === 2 ? 0 : 2))),
      }}
      exports={{ name: 'leas-histogram', caption, csv: () => csv(['from', 'to', 'measured', ...KEYS], bins, [caption]) }}
      controls={
        <div className={styles.row} role="group" aria-label="Shown beside what was measured">
          {KEYS.map((key) => (
            <CheckField key={key} label={labelOf(key)} checked={shown.includes(key)} onChange={(on) => setLeasPage({ references: on ? [...shown, key] : shown.filter((one) => one !== key) })} />
          ))}
        </div>
      }
    >
      <LambdaHistogram
        measured={histogram}
        references={references}
        ties={summary.ties}
        median={summary.median?.estimate ?? null}
        unit={unit}
        brush={brush}
        onBrush={(range) => setLeasPage({ brush: range })}
        height={280}
        label={`Histogram of tool × reasoning over ${plural(summary.counted, 'question')}`}
      />
    </Figure>
  );
}
