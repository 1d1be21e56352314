import { useMemo } from 'react';
import type { Curve } from '../../charts/curves/curve-layout.ts';
import { ToggleField } from '../../ui/toggle-field.tsx';
import type { ShownArm } from './arm-runs.ts';
import { CurveFigure } from './curve-figure.tsx';
import { setSeesawPage, useSeesawPage } from './page-store.ts';
import styles from './seesaw-page.module.css';
import type { Smoothing } from './smoothing.ts';
import { abilityMetrics, PLAIN_METRICS, type StepMetric, stepPoints } from './step-metrics.ts';

interface Props {
  readonly arms: readonly ShownArm[];
  readonly steps: number;
  readonly caption: string;
  readonly revision: number;
}

/** What every step tells, one small chart each. */
export function TrainingFigures(props: Props) {
  const smoothing = useSeesawPage((page) => page.smoothing);
  const figure = useSeesawPage((page) => page.figure);
  const trained = useMemo(() => props.arms.filter(({ arm }) => arm.trained), [props.arms]);
  const abilities = useMemo(() => [...new Set(trained.flatMap(({ arm }) => arm.abilities))], [trained]);
  const perAbility = useMemo(() => abilities.flatMap((ability) => abilityMetrics(figure, ability, trained.map(({ arm }) => arm))), [abilities, figure, trained]);
  const metrics = useMemo(() => PLAIN_METRICS.filter((metric) => !metric.optional || trained.some(({ runs }) => runs.some(({ steps }) => steps.some((report) => (metric.valueOf(report, runs[0].arm) ?? 0) !== 0)))), [trained]);
  const silent = PLAIN_METRICS.filter((metric) => !metrics.includes(metric));
  const shared = { ...props, arms: trained, smoothing };
  return (
    <section className={styles.training} aria-labelledby="training-title">
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle} id="training-title">
          While training
        </h2>
        <ToggleField
          label="Exponential smoothing"
          value={String(smoothing)}
          options={[
            { value: '0', label: 'None' },
            { value: '0.6', label: '0.6' },
            { value: '0.9', label: '0.9' },
          ]}
          onChange={(value) => setSeesawPage({ smoothing: value === '0.9' ? 0.9 : value === '0.6' ? 0.6 : 0 })}
        />
      </div>
      <div className={styles.small}>
        {metrics.map((metric) => (
          <MetricFigure key={metric.id} {...shared} metric={metric} />
        ))}
      </div>
      {silent.length > 0 && <p className={styles.silent}>{silent.map(({ name, meaning }) => `${name}: 0 at every step. ${meaning}`).join(' ')}</p>}
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle}>By role</h2>
        <ToggleField
          label="Figure"
          value={figure}
          options={[
            { value: 'loss', label: 'Loss' },
            { value: 'own', label: 'Norm, own' },
            { value: 'other', label: 'Norm, other' },
            { value: 'leakage', label: 'Leakage' },
          ]}
          onChange={(next) => setSeesawPage({ figure: next })}
        />
      </div>
      <div className={styles.byRole}>
        {perAbility.map((metric) => (
          <MetricFigure key={metric.id} {...shared} metric={metric} />
        ))}
      </div>
    </section>
  );
}

function MetricFigure({ arms, steps, caption, revision, metric, smoothing }: Props & { readonly metric: StepMetric; readonly smoothing: Smoothing }) {
  const curves = useMemo(
    () => arms.map((arm): Curve => ({ id: arm.arm.id, label: arm.arm.label, slot: arm.slot, ...stepPoints(arm, metric, smoothing) })),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- runs grow in place, which `revision` tells
    [arms, metric, smoothing, revision],
  );
  const how = smoothing === 0 ? '' : ` Thick: exponentially smoothed, weight ${smoothing}; thin: as measured.`;
  return (
    <CurveFigure
      name={`seesaw-${metric.id}`}
      title={metricTitle(metric, curves)}
      summary={`${metric.meaning}${how}`}
      caption={`${metric.name}. ${metric.meaning}${how} ${caption}`}
      curves={curves}
      kind={metric.kind}
      unit={metric.unit}
      format={metric.format}
      lastX={steps}
      height={176}
      {...(metric.kind === 'angle' ? { reference: 90 } : {})}
    />
  );
}

/** "Reward: Joint 61 %, DART 58 % at the last step". */
export function metricTitle({ name, format }: StepMetric, curves: readonly Curve[]): string {
  const parts = curves.flatMap(({ label, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [`${label} ${format(last.y)}`];
  });
  return parts.length === 0 ? name : `${name}: ${parts.join(', ')}`;
}
