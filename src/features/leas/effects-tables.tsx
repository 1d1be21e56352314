import { SCALE_LABELS, SCALES } from '../../core/leas/accuracy.ts';
import type { LeasAnalysis, LeasRun } from '../../core/leas/analyse.ts';
import { formatEffect, formatEffectInterval, formatShare } from '../../core/leas/finding.ts';
import { EFFECT_LABELS, EFFECTS } from '../../core/leas/models.ts';
import type { SpreadSummary } from '../../core/leas/summary.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import styles from './leas-page.module.css';

interface Props {
  readonly set: LeasAnalysis & { readonly label: string };
  readonly seedRun: LeasRun;
  readonly several: boolean;
}

const COLUMNS = [
  { id: 'effect', label: 'Effect' },
  { id: 'mean', label: 'Mean', align: 'right' },
  { id: 'median', label: 'Median', align: 'right' },
  { id: 'negative', label: 'Negative', align: 'right' },
  { id: 'below', label: 'Interval below 0', align: 'right' },
  { id: 'above', label: 'Interval above 0', align: 'right' },
  { id: 'ties', label: 'Exactly 0', align: 'right' },
  { id: 'counted', label: 'Questions', align: 'right' },
  { id: 'never', label: 'Never answered', align: 'right' },
  { id: 'missing', label: 'Not counted', align: 'right' },
] as const;

function cells(summary: SpreadSummary): string[] {
  const { mean, median, negative, intervalBelow, intervalAbove, ties, counted } = summary;
  return [mean === null ? '–' : formatEffectInterval(mean), median === null ? '–' : formatEffectInterval(median), formatShare(negative), formatShare(intervalBelow), formatShare(intervalAbove), formatCount(ties), formatCount(counted)];
}

/** The six effects, tool × reasoning on every scale, the check by H_Both, and what the training seeds say together. */
export function EffectsTables({ set, seedRun, several }: Props) {
  const { settings, seeds } = set;
  const where = `${several ? `Set ${set.label}, ` : ''}${seedRun.seed === null ? '' : `training seed ${seedRun.seed}, `}`.replace(/^t/, 'T');
  const row = (name: string, summary: LeasRun['effects']['tool']) => [name, ...cells(summary), formatCount(summary.neverAnswered.length), formatCount(summary.missing.length)];
  return (
    <section className={styles.section} aria-labelledby="effects-title">
      <h2 className={styles.sectionTitle} id="effects-title">
        The six effects
      </h2>
      <p>{regimeSentence(seeds)}</p>
      <DataTable
        caption={`${where}${SCALE_LABELS[settings.scale]} scale. Brackets: 95 % intervals over questions.`}
        columns={COLUMNS}
        rows={[...EFFECTS.map((effect) => row(EFFECT_LABELS[effect], seedRun.effects[effect])), ...(seedRun.hBoth === null ? [] : [['H_Both, measured less design', ...cells(seedRun.hBoth), '–', '–']])]}
      />
      <DataTable caption={`${where}${where === '' ? 'Tool' : 'tool'} × reasoning on the three scales${settings.epsilon === null ? '' : `; ${SCALE_LABELS[settings.scale]} clipped at ${settings.epsilon}, the others with ½ added`}.`} columns={[{ id: 'scale', label: 'Scale' }, ...COLUMNS.slice(1)]} rows={SCALES.map((scale) => row(SCALE_LABELS[scale], seedRun.scales[scale]))} />
    </section>
  );
}

/** What training seeds say together; a regime is named only where enough of them agree. */
export function regimeSentence({ seeds, regime, reason, negative, mean }: LeasAnalysis['seeds']): string {
  const spread = negative === null || seeds < 2 ? '' : ` The share negative goes from ${(100 * negative.low).toFixed(0)} to ${(100 * negative.high).toFixed(0)} % over ${plural(seeds, 'training seed')}${mean === null || mean.deviation === null ? '' : `; their means have a standard deviation of ${formatEffect(mean.deviation)}`}.`;
  return regime === 'not decided' ? `No regime is named, since ${reason}.${spread}` : `Regime: ${regime}, since ${reason}.${spread}`;
}
