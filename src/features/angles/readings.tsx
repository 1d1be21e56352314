import { useDeferredValue } from 'react';
import type { AngleAnalysis, Interval } from '../../core/angles/types.ts';
import { useRun } from '../../state/run-store.ts';
import { formatCount, formatDegrees, formatFixed, formatP, formatSignificant } from '../../ui/format.ts';
import styles from './readings.module.css';

interface Reading {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}

/** The single numbers, each with what it means; an undefined one with the reason. */
export function Readings() {
  const analysis = useDeferredValue(useRun((run) => run.analysis));
  if (!analysis) return null;
  return (
    <section className={styles.section} aria-label="Readings">
      <h2 className={styles.title}>Readings</h2>
      <dl>
        {readings(analysis).map((reading) => (
          <div key={reading.name} className={styles.row}>
            <dt>{reading.name}</dt>
            <dd className={styles.value}>{reading.value}</dd>
            <dd className={styles.meaning}>{reading.meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function interval(value: Interval, digits: number): string {
  return `${formatFixed(value.estimate, digits)} [${formatFixed(value.low, digits)}, ${formatFixed(value.high, digits)}]`;
}

export function readings(analysis: AngleAnalysis): readonly Reading[] {
  const { permutation, disattenuated, normRatio, jointCosine, isotropic, excluded } = analysis;
  const left = [
    [excluded.missingRole, 'without one of the roles'],
    [excluded.zeroGradient, 'with a zero gradient'],
    [excluded.identical, 'pairs of identical rollouts'],
    [excluded.notBothCorrect, 'not both correct'],
    [excluded.noAdvantage, 'without an advantage'],
  ] as const;
  const leftOut = left.filter(([count]) => count > 0).map(([count, why]) => `${formatCount(count)} ${why}`);
  return [
    {
      name: 'Against shuffled roles',
      value: permutation.value ? formatP(permutation.value.p) : 'undefined',
      meaning: permutation.value
        ? `Observed median R–T ${formatDegrees(permutation.value.observed)}; shuffling the spans’ roles within trajectories gives ${formatDegrees(permutation.value.band.estimate)} [${formatDegrees(permutation.value.band.low)}, ${formatDegrees(permutation.value.band.high)}] over ${formatCount(permutation.value.draws)} draws. Two-sided.`
        : permutation.reason,
    },
    {
      name: 'Disattenuated cosine',
      value: disattenuated.value ? interval(disattenuated.value, 3) : 'undefined',
      meaning: disattenuated.value ? 'cos R–T divided by √(cos R–R · cos T–T): the cosine that would be seen without the noise of single rollouts.' : disattenuated.reason,
    },
    {
      name: 'Norm ratio ‖gʳ‖ / ‖gᵃ‖',
      value: normRatio.value ? interval(normRatio.value, 2) : 'undefined',
      meaning: normRatio.value ? 'Median over trajectories. Away from 1, the larger role decides the joint update whatever the angle is.' : normRatio.reason,
    },
    {
      name: 'Joint update with reasoning, with tool',
      value: jointCosine.value ? `${formatFixed(jointCosine.value.reasoning.estimate, 2)}, ${formatFixed(jointCosine.value.tool.estimate, 2)}` : 'undefined',
      meaning: jointCosine.value
        ? `Cosine of gʳ + gᵃ with each; 95 % intervals [${formatFixed(jointCosine.value.reasoning.low, 2)}, ${formatFixed(jointCosine.value.reasoning.high, 2)}] and [${formatFixed(jointCosine.value.tool.low, 2)}, ${formatFixed(jointCosine.value.tool.high, 2)}].`
        : jointCosine.reason,
    },
    {
      name: 'Isotropic spread',
      value: `± ${formatSignificant(isotropic.sdEffective, 2)}°`,
      meaning: `One standard deviation about 90° for random directions in K’s effective dimension of ${formatSignificant(isotropic.effective)}; over all ${formatCount(isotropic.parameters)} parameters it would be ± ${formatSignificant(isotropic.sd, 2)}°.`,
    },
    { name: 'Left out', value: leftOut.length === 0 ? 'nothing' : formatCount(left.reduce((sum, [count]) => sum + count, 0)), meaning: leftOut.length === 0 ? 'Every pair of the design is in the figures.' : `${leftOut.join('; ')}.` },
  ];
}
