import { TONE_DASH, toneClass } from '../tones.ts';
import { type HistogramLayout, type HistogramSeries } from './histogram-layout.ts';
import styles from './histogram.module.css';

const VALUE_ROOM = 190;

/**
 * Above the outlines, on the same axis: each pair's median with its interval, what noise alone would give (the grey
 * bracket), and the numbers. It is the chart's legend too.
 */
export function MedianRail({ series, layout, digits, compact }: { readonly series: readonly HistogramSeries[]; readonly layout: HistogramLayout; readonly digits: number; readonly compact: boolean }) {
  const [from, to] = layout.x.domain;
  const clamp = (value: number) => layout.x(Math.min(to, Math.max(from, value)));
  return (
    <g>
      {series.map((one, index) => {
        const y = 8 + layout.railRow * (index + 0.5);
        const inside = one.median !== null && one.median.estimate >= from && one.median.estimate <= to;
        const middle = one.median ? clamp(one.median.estimate) : layout.left;
        const right = middle < layout.right - VALUE_ROOM;
        return (
          <g key={one.id} className={toneClass(one.tone)}>
            <line className={styles.grid} x1={layout.left} x2={layout.right} y1={y} y2={y} />
            <line className={styles.swatch} x1={0} x2={14} y1={y} y2={y} strokeDasharray={one.tone === 'reasoning' ? '6 2.5' : TONE_DASH[one.tone]} />
            <text className={styles.label} x={18} y={y + 4}>
              {one.label}
            </text>
            {one.noise && (
              <path className={styles.noise} d={`M${clamp(one.noise.low)},${y - 6}v12M${clamp(one.noise.high)},${y - 6}v12M${clamp(one.noise.low)},${y}H${clamp(one.noise.high)}`} />
            )}
            {one.median && (
              <>
                {inside && <line className={styles.medianRule} x1={middle} x2={middle} y1={y} y2={layout.bottom} />}
                <line className={styles.interval} x1={clamp(one.median.low)} x2={clamp(one.median.high)} y1={y} y2={y} />
                {inside && <circle className={styles.dot} cx={middle} cy={y} r={4.5} />}
                <text className={styles.value} x={right ? Math.max(clamp(one.median.high), one.noise ? clamp(one.noise.high) : 0) + 10 : Math.min(clamp(one.median.low), one.noise ? clamp(one.noise.low) : layout.right) - 10} y={y + 4} textAnchor={right ? 'start' : 'end'}>
                  {valueText(one, digits, compact)}
                </text>
              </>
            )}
            {!one.median && (
              <text className={styles.nullLabel} x={layout.left + 8} y={y + 4}>
                no pairs yet
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

function valueText(one: HistogramSeries, digits: number, compact: boolean): string {
  if (!one.median) return '';
  const { estimate, low, high } = one.median;
  const range = compact ? '' : ` [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
  return `${estimate.toFixed(digits)}°${range}  n = ${one.n}`;
}
