import { formatCount, formatDegrees } from '../../ui/format.ts';
import { useWidth } from '../../ui/use-size.ts';
import { linearScale, ticks } from '../scale.ts';
import { TONE_DASH, type Tone, toneClass } from '../tones.ts';
import type { Range } from '../histogram/histogram-layout.ts';
import styles from './intervals.module.css';

export interface IntervalRow {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly tone: Tone;
  readonly n: number;
  readonly median: Range | null;
  /** 5th to 95th percentile of the values themselves. */
  readonly spread: readonly [number, number] | null;
  readonly noise: Range | null;
}

const ROW = 44;

/** Medians with their intervals, one under the other: what was measured against what noise alone gives. */
export function Intervals({ rows, label }: { readonly rows: readonly IntervalRow[]; readonly label: string }) {
  const [ref, width] = useWidth();
  return <div ref={ref}>{width > 0 && <Drawing rows={rows} label={label} width={width} />}</div>;
}

/** From the smallest to the largest thing drawn, 90° always among them, with some room. */
export function intervalDomain(rows: readonly IntervalRow[]): readonly [number, number] {
  const values = rows.flatMap((row) => [row.median?.low, row.median?.high, row.spread?.[0], row.spread?.[1], row.noise?.low, row.noise?.high]).filter((value) => value !== undefined);
  const low = Math.min(90, ...values);
  const high = Math.max(90, ...values);
  const room = Math.max(1, (high - low) * 0.06);
  return [Math.max(0, low - room), Math.min(180, high + room)];
}

function Drawing({ rows, label, width }: { readonly rows: readonly IntervalRow[]; readonly label: string; readonly width: number }) {
  const left = width < 480 ? 96 : 150;
  const right = width - 16;
  const bottom = 8 + rows.length * ROW;
  const height = bottom + 32;
  const x = linearScale(intervalDomain(rows), [left, right]);
  return (
    <svg data-chart="" className={styles.chart} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      {ticks(x.domain[0], x.domain[1], width < 480 ? 3 : 6).map((tick) => (
        <g key={tick}>
          <line className={styles.grid} x1={x(tick)} x2={x(tick)} y1={8} y2={bottom} />
          <text className={styles.tick} x={x(tick)} y={bottom + 18} textAnchor="middle">
            {tick}°
          </text>
        </g>
      ))}
      <line className={styles.right} x1={x(90)} x2={x(90)} y1={8} y2={bottom} />
      <line className={styles.axis} x1={left} x2={right} y1={bottom} y2={bottom} />
      {rows.map((row, index) => (
        <g key={row.id} className={toneClass(row.tone)}>
          <text className={styles.label} x={0} y={8 + index * ROW + 18}>
            {row.label}
          </text>
          <text className={styles.note} x={0} y={8 + index * ROW + 33}>
            {row.note}
          </text>
          <RowMarks row={row} y={8 + index * ROW + 26} x={x} right={right} />
        </g>
      ))}
    </svg>
  );
}

function RowMarks({ row, y, x, right }: { readonly row: IntervalRow; readonly y: number; readonly x: (value: number) => number; readonly right: number }) {
  if (!row.median) {
    return (
      <text className={styles.note} x={right} y={y + 4} textAnchor="end">
        not defined here
      </text>
    );
  }
  const middle = x(row.median.estimate);
  return (
    <>
      {row.noise && <rect className={styles.noise} x={x(row.noise.low)} width={Math.max(1, x(row.noise.high) - x(row.noise.low))} y={y - 8} height={16} />}
      {row.spread && <line className={styles.spread} x1={x(row.spread[0])} x2={x(row.spread[1])} y1={y} y2={y} strokeDasharray={TONE_DASH[row.tone]} />}
      <line className={styles.interval} x1={x(row.median.low)} x2={x(row.median.high)} y1={y} y2={y} />
      <circle className={styles.dot} cx={middle} cy={y} r={4.5} />
      <text className={styles.value} x={Math.min(right - 52, Math.max(middle, x(row.median.low) + 52))} y={y - 12} textAnchor="middle">
        {`${formatDegrees(row.median.estimate)}  n = ${formatCount(row.n)}`}
      </text>
    </>
  );
}
