import { TONE_DASH, toneClass } from '../tones.ts';
import { type HistogramLayout, type HistogramSeries, type Range } from './histogram-layout.ts';
import styles from './histogram.module.css';

interface Props {
  readonly series: readonly HistogramSeries[];
  readonly nullMedian: { readonly label: string; readonly range: Range } | null;
  readonly layout: HistogramLayout;
  readonly digits: number;
  readonly compact: boolean;
}

const VALUE_ROOM = 200;

/**
 * Above the outlines, on the same axis: each pair's median with its interval, what noise alone would give (the grey
 * bracket), and the numbers; under them the null's median. It is the chart's legend too.
 */
export function MedianRail({ series, nullMedian, layout, digits, compact }: Props) {
  const rowY = (index: number) => 8 + layout.railRow * (index + 0.5);
  return (
    <g>
      {series.map((one, index) => (
        <SeriesRow key={one.id} one={one} y={rowY(index)} layout={layout} digits={digits} compact={compact} />
      ))}
      {nullMedian && (
        <g>
          <line className={styles.grid} x1={layout.left} x2={layout.right} y1={rowY(series.length)} y2={rowY(series.length)} />
          <text className={styles.nullLabel} x={0} y={rowY(series.length) + 4}>
            {nullMedian.label}
          </text>
          <Marks range={nullMedian.range} y={rowY(series.length)} layout={layout} interval={styles.nullInterval} dot={styles.nullDot} />
          <Value text={withArrow(rangeText(nullMedian.range, digits, compact), nullMedian.range.estimate, layout)} from={nullMedian.range.low} to={nullMedian.range.high} y={rowY(series.length)} layout={layout} />
        </g>
      )}
    </g>
  );
}

function SeriesRow({ one, y, layout, digits, compact }: { readonly one: HistogramSeries; readonly y: number; readonly layout: HistogramLayout; readonly digits: number; readonly compact: boolean }) {
  const clamp = clampTo(layout);
  const { median, noise } = one;
  return (
    <g className={toneClass(one.tone)}>
      <line className={styles.grid} x1={layout.left} x2={layout.right} y1={y} y2={y} />
      <line className={styles.swatch} x1={0} x2={16} y1={y} y2={y} strokeDasharray={one.tone === 'reasoning' ? '7 2.5' : TONE_DASH[one.tone]} />
      <text className={styles.label} x={22} y={y + 4}>
        {one.label}
      </text>
      {noise && <path className={styles.noise} d={`M${clamp(noise.low)},${y - 5}v10M${clamp(noise.high)},${y - 5}v10M${clamp(noise.low)},${y}H${clamp(noise.high)}`} />}
      {median ? (
        <>
          {isInside(median.estimate, layout) && <line className={styles.medianRule} x1={clamp(median.estimate)} x2={clamp(median.estimate)} y1={y} y2={layout.bottom} />}
          <Marks range={median} y={y} layout={layout} interval={styles.interval} dot={styles.dot} />
          <Value text={withArrow(`${rangeText(median, digits, compact)}, n = ${one.n}`, median.estimate, layout)} from={Math.min(median.low, noise?.low ?? median.low)} to={Math.max(median.high, noise?.high ?? median.high)} y={y} layout={layout} />
        </>
      ) : (
        <text className={styles.nullLabel} x={layout.left + 8} y={y + 4}>
          no pairs yet
        </text>
      )}
    </g>
  );
}

function Marks({ range, y, layout, interval, dot }: { readonly range: Range; readonly y: number; readonly layout: HistogramLayout; readonly interval: string | undefined; readonly dot: string | undefined }) {
  const clamp = clampTo(layout);
  return (
    <>
      <line className={interval} x1={clamp(range.low)} x2={clamp(range.high)} y1={y} y2={y} />
      {isInside(range.estimate, layout) && <circle className={dot} cx={clamp(range.estimate)} cy={y} r={4.5} />}
    </>
  );
}

/** The numbers, right of the marks where there is room, else left. */
function Value({ text, from, to, y, layout }: { readonly text: string; readonly from: number; readonly to: number; readonly y: number; readonly layout: HistogramLayout }) {
  const clamp = clampTo(layout);
  const right = clamp(to) < layout.right - VALUE_ROOM;
  return (
    <text className={styles.value} x={right ? clamp(to) + 10 : clamp(from) - 10} y={y + 4} textAnchor={right ? 'start' : 'end'}>
      {text}
    </text>
  );
}

function clampTo(layout: HistogramLayout): (value: number) => number {
  const [from, to] = layout.x.domain;
  return (value) => layout.x(Math.min(to, Math.max(from, value)));
}

function isInside(value: number, layout: HistogramLayout): boolean {
  return value >= layout.x.domain[0] && value <= layout.x.domain[1];
}

/** An arrow to where the value lies, when that is outside the axis. */
function withArrow(text: string, value: number, layout: HistogramLayout): string {
  const [from, to] = layout.x.domain;
  return value < from ? `← ${text}` : value > to ? `${text} →` : text;
}

function rangeText({ estimate, low, high }: Range, digits: number, compact: boolean): string {
  return `${estimate.toFixed(digits)}°${compact ? '' : ` [${low.toFixed(digits)}, ${high.toFixed(digits)}]`}`;
}
