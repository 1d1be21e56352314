import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { useWidth } from '../../ui/use-size.ts';
import { TONE_DASH, type Tone, toneClass } from '../tones.ts';
import { bandPath, binCount, type Bins, densities, type HistogramSeries, layoutHistogram, type NullBand, placeLabels, type Range, stepPath } from './histogram-layout.ts';
import { MedianRail } from './median-rail.tsx';
import styles from './histogram.module.css';

export interface HistogramProps {
  readonly label: string;
  readonly series: readonly HistogramSeries[];
  readonly bins: Bins;
  readonly xLabel: string;
  /** Where isotropic directions lie, and their 95 % band. */
  readonly reference: { readonly at: number; readonly halfWidth: number; readonly label: string } | null;
  readonly band: NullBand | null;
  /** The null's own median with its band: a row under the pairs. */
  readonly nullMedian: { readonly label: string; readonly range: Range } | null;
  /** Pixels at least; a wide chart grows taller. */
  readonly minHeight: number;
  readonly hoverBin: number | null;
  readonly selection: readonly [number, number] | null;
  /** Single values to point out, for instance those of the trajectory under the pointer. */
  readonly marks: readonly { readonly value: number; readonly tone: Tone }[];
  /** What a screen reader says of a bin. */
  readonly binText: (bin: number) => string;
  readonly onHover: (bin: number | null) => void;
  readonly onSelect: (range: readonly [number, number] | null) => void;
}

/** Outlined step histograms over fixed bins, as densities. Arrow keys move over the bins, Enter selects one. */
export function Histogram(props: HistogramProps) {
  const { label, bins, minHeight, hoverBin, selection, binText, onHover, onSelect } = props;
  const [ref, width] = useWidth();
  const last = binCount(bins) - 1;
  const current = hoverBin ?? Math.floor(last / 2);
  const onKeyDown = (event: KeyboardEvent) => {
    const moves = new Map([
      ['ArrowRight', current + 1],
      ['ArrowUp', current + 1],
      ['ArrowLeft', current - 1],
      ['ArrowDown', current - 1],
      ['PageUp', current + 10],
      ['PageDown', current - 10],
      ['Home', 0],
      ['End', last],
    ]);
    const next = moves.get(event.key);
    if (next !== undefined) onHover(Math.min(last, Math.max(0, next)));
    else if (event.key === 'Enter' && hoverBin !== null) onSelect(toggledRange(binRange(bins, hoverBin, hoverBin), selection));
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={ref}
      className={styles.frame}
      style={{ minHeight }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={current}
      aria-valuetext={binText(current)}
      onKeyDown={onKeyDown}
      onBlur={() => onHover(null)}
    >
      {width > 0 && <Drawing {...props} width={width} height={Math.round(Math.min(600, Math.max(minHeight, width * 0.46)))} />}
    </div>
  );
}

function binRange(bins: Bins, a: number, b: number): readonly [number, number] {
  return [bins.from + Math.min(a, b) * bins.width, bins.from + (Math.max(a, b) + 1) * bins.width];
}

/** Selecting what is selected clears it. */
function toggledRange(range: readonly [number, number], selection: readonly [number, number] | null): readonly [number, number] | null {
  return selection && selection[0] === range[0] && selection[1] === range[1] ? null : range;
}

function Drawing({ series, bins, xLabel, reference, band, nullMedian, width, height, hoverBin, selection, marks, onHover, onSelect }: HistogramProps & { readonly width: number; readonly height: number }) {
  const layout = layoutHistogram(series, bins, band, width, height, nullMedian !== null);
  const { x, y, left, right, top, bottom } = layout;
  const svg = useRef<SVGSVGElement>(null);
  const dragFrom = useRef<number | null>(null);
  const binAt = (event: PointerEvent<SVGSVGElement>): number | null => {
    const box = svg.current?.getBoundingClientRect();
    if (!box || box.width === 0) return null;
    const position = ((event.clientX - box.left) / box.width) * width;
    if (position < left || position > right) return null;
    return Math.min(binCount(bins) - 1, Math.max(0, Math.floor((x.invert(position) - bins.from) / bins.width)));
  };
  const clampX = (value: number) => x(Math.min(bins.to, Math.max(bins.from, value)));
  const yDigits = Math.max(0, Math.ceil(-Math.log10((layout.yTicks[1] ?? 1) - (layout.yTicks[0] ?? 0)) - 1e-9));
  return (
    <svg
      ref={svg}
      data-chart=""
      className={styles.chart}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      onPointerDown={(event) => {
        const bin = binAt(event);
        dragFrom.current = bin;
        if (bin !== null) event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        const bin = binAt(event);
        if (bin !== hoverBin) onHover(bin);
        if (dragFrom.current !== null && bin !== null && bin !== dragFrom.current) onSelect(binRange(bins, dragFrom.current, bin));
      }}
      onPointerUp={(event) => {
        const bin = binAt(event);
        const from = dragFrom.current;
        dragFrom.current = null;
        if (from === null || bin === null || from !== bin) return;
        onSelect(toggledRange(binRange(bins, bin, bin), selection));
      }}
      onPointerLeave={() => {
        dragFrom.current = null;
        onHover(null);
      }}
    >
      {layout.yTicks.map((tick) => (
        <g key={tick}>
          <line className={styles.grid} x1={left} x2={right} y1={y(tick)} y2={y(tick)} />
          <text className={styles.tick} x={left - 8} y={y(tick) + 4} textAnchor="end">
            {tick.toFixed(yDigits)}
          </text>
        </g>
      ))}
      {reference && <Reference from={clampX(reference.at - reference.halfWidth)} to={clampX(reference.at + reference.halfWidth)} top={top} bottom={bottom} right={right} label={reference.label} />}
      {band && (
        <>
          <path className={styles.nullBand} d={bandPath(band.low, band.high, bins, x, y)} />
          <path className={styles.nullMean} d={stepPath(band.mean, bins, x, y)} />
        </>
      )}
      {series.filter((one) => one.n > 0).map((one) => {
        const path = stepPath(densities(one, bins), bins, x, y);
        return (
          <g key={one.id} className={toneClass(one.tone)}>
            <path className={styles.fill} d={path} />
            <path data-series={one.id} className={styles.outline} d={path} strokeDasharray={TONE_DASH[one.tone]} />
          </g>
        );
      })}
      <MedianRail series={series} layout={layout} nullMedian={nullMedian} digits={bins.width < 1 ? 2 : 1} compact={width < 520} />
      {placeLabels(series, bins, layout).map((place) => {
        const one = series.find((candidate) => candidate.id === place.id);
        return (
          one && (
            <text key={place.id} className={[styles.label, toneClass(one.tone)].join(' ')} x={place.x} y={place.y} textAnchor={place.anchor}>
              {one.label}
            </text>
          )
        );
      })}
      <line className={styles.axis} x1={left} x2={right} y1={bottom} y2={bottom} />
      {layout.xTicks.map((tick) => (
        <g key={tick}>
          <line className={styles.axis} x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} />
          <text className={styles.tick} x={x(tick)} y={bottom + 18} textAnchor="middle">
            {tick}°
          </text>
        </g>
      ))}
      <text className={styles.axisLabel} x={right} y={height - 4} textAnchor="end">
        {xLabel}
      </text>
      <text className={styles.axisLabel} x={0} y={height - 4}>
        density per degree
      </text>
      {marks.map((mark, index) => (
        <line key={index} data-export="no" className={[styles.mark, toneClass(mark.tone)].join(' ')} x1={clampX(mark.value)} x2={clampX(mark.value)} y1={bottom - (mark.tone === 'cross' ? 14 : 9)} y2={bottom} />
      ))}
      {selection && <rect className={styles.selected} x={clampX(selection[0])} width={Math.max(1, clampX(selection[1]) - clampX(selection[0]))} y={top} height={bottom - top} data-export="no" />}
      {hoverBin !== null && <rect className={styles.cursor} x={x(bins.from + hoverBin * bins.width)} width={x(bins.from + bins.width) - x(bins.from)} y={top} height={bottom - top} data-export="no" />}
    </svg>
  );
}

/** Where isotropic directions lie: two dotted lines and a bar between them. */
function Reference({ from, to, top, bottom, right, label }: { readonly from: number; readonly to: number; readonly top: number; readonly bottom: number; readonly right: number; readonly label: string }) {
  const outside = to < right - 96;
  return (
    <g>
      <path className={styles.right} d={`M${from},${top}V${bottom}M${to},${top}V${bottom}`} />
      <path className={styles.noise} d={`M${from},${top}H${to}`} />
      <text className={styles.nullLabel} x={outside ? to + 6 : to - 6} y={top + 14} textAnchor={outside ? 'start' : 'end'}>
        {label}
      </text>
    </g>
  );
}
