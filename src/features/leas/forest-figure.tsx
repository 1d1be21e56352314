import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import type { ShareRow } from '../../charts/share-forest/forest-layout.ts';
import { ShareForest } from '../../charts/share-forest/share-forest.tsx';
import type { ExperimentAnalysis } from '../../core/leas/experiment.ts';
import { PUBLISHED_SHARES, PUBLISHED_SOURCE } from '../../core/leas/published.ts';
import { WORLD_LABELS } from '../../core/leas/worlds.ts';
import { formatFixed, plural } from '../../ui/format.ts';
import styles from './leas-page.module.css';

interface Props {
  readonly analysis: ExperimentAnalysis;
  readonly seed: string | null;
  readonly caption: string;
}

/** Shares of questions with negative tool × reasoning: measured, without interference, and published. */
export function ForestFigure({ analysis, seed, caption }: Props) {
  const rows = forestRows(analysis, seed);
  const percent = (share: number | null): string => (share === null ? '–' : formatFixed(100 * share, 1));
  return (
    <Figure
      title="Share of questions with negative tool × reasoning, beside what shows it without interference"
      summary={`Measured: 95 % of Wilson’s interval. Placebo and worlds: mean and middle 95 % of their repeats${seed === null ? '' : `, of training seed ${seed}`}. Published: ${PUBLISHED_SOURCE.text}.`}
      table={{
        caption: 'Shares negative, per cent',
        columns: [
          { id: 'kind', label: 'Kind' },
          { id: 'row', label: 'Of' },
          { id: 'share', label: 'Share (%)', align: 'right' },
          { id: 'low', label: 'from', align: 'right' },
          { id: 'high', label: 'to', align: 'right' },
          { id: 'note', label: 'Note', wide: true },
        ],
        rows: rows.map(({ kind, label, share, low, high, note }) => [kind, label, percent(share), percent(low), percent(high), note ?? '']),
      }}
      exports={{ name: 'leas-shares', caption, csv: () => csv(['kind', 'of', 'share', 'low', 'high', 'note'], rows.map(({ kind, label, share, low, high, note }) => [kind, label, share ?? '', low ?? '', high ?? '', note ?? '']), [caption, PUBLISHED_SOURCE.text]) }}
      controls={
        <p className={styles.note}>
          {'Source of the published shares: '}
          <a href={PUBLISHED_SOURCE.url} rel="noreferrer">
            arXiv 2602.00994v1
          </a>
          , figure 2. They add up to 100 % with the positive ones, so that ties were dropped or assigned there.
        </p>
      }
    >
      <ShareForest rows={rows} label="Shares of questions with negative tool × reasoning" />
    </Figure>
  );
}

/** Measured first; placebo and worlds of the training seed that is looked at. */
export function forestRows({ sets }: ExperimentAnalysis, seed: string | null): readonly ShareRow[] {
  const several = sets.length > 1;
  const name = (label: string, own: string | null, rest = ''): string => [several ? `Set ${label}` : '', own === null ? '' : `seed ${own}`, rest].filter((part) => part !== '').join(', ') || 'All questions';
  const looked = sets.flatMap(({ label, runs }) => {
    const run = runs.find((one) => one.seed === seed) ?? runs.at(0);
    return run === undefined ? [] : [{ label, run }];
  });
  return [
    ...sets.flatMap(({ label, runs }) =>
      runs.map(({ seed: own, effects: { tool_x_reasoning: summary } }): ShareRow => {
        const { share, low, high, of } = summary.negative;
        return { key: `measured ${label} ${own ?? ''}`, label: name(label, own), kind: 'measured', share, low: share === null ? null : low, high: share === null ? null : high, note: `${plural(of, 'question')}${summary.ties > 0 ? `, ${plural(summary.ties, 'tie')} apart` : ''}` };
      }),
    ),
    ...looked.map(({ label, run: { placebo } }): ShareRow => ({ key: `placebo ${label}`, label: name(label, null, several ? '' : 'split halves'), kind: 'placebo', share: placebo.negative?.mean ?? null, low: placebo.negative?.low ?? null, high: placebo.negative?.high ?? null })),
    ...looked.flatMap(({ label, run: { worlds } }) => worlds.map(({ world, negative }): ShareRow => ({ key: `${world} ${label}`, label: name(label, null, WORLD_LABELS[world]), kind: 'world', share: negative?.mean ?? null, low: negative?.low ?? null, high: negative?.high ?? null }))),
    ...PUBLISHED_SHARES.map(({ backbone, dataset, negative }): ShareRow => ({ key: `published ${backbone} ${dataset}`, label: `${backbone}, ${dataset}`, kind: 'published', share: negative, low: null, high: null, note: 'no interval given' })),
  ];
}
