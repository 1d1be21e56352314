import { type KeyboardEvent, memo, type PointerEvent, useCallback, useMemo } from 'react';
import { CartesianGrid, ErrorBar, Line, LineChart, ReferenceLine, XAxis, YAxis } from 'recharts';
import { useInView } from '../../ui/use-in-view.ts';
import { useWidth } from '../../ui/use-size.ts';
import { seriesClass, seriesDash } from '../series.ts';
import { type Curve, type CurveLayout, layoutCurves, nearest, pointAt, positions, spread, type YKind } from './curve-layout.ts';
import styles from './curves.module.css';

export interface CurvesProps {
  readonly label: string;
  readonly curves: readonly Curve[];
  readonly kind: YKind;
  readonly xLabel: string;
  /** The axis goes from 0 to here, however far the curves have come. */
  readonly lastX: number;
  readonly format: (y: number) => string;
  readonly height: number;
  /** Room for the labels at the curves' ends, pixels. */
  readonly labelWidth: number;
  /** A dotted line across, at a value that means something. */
  readonly reference?: number;
  readonly hoverX: number | null;
  readonly onHover: (x: number | null) => void;
}

/** Curves over steps with error bars and labels at their ends. Arrow keys move over the steps. */
export function Curves(props: CurvesProps) {
  const { label, curves, hoverX, onHover, format, height } = props;
  const [sized, width] = useWidth();
  const [seen, inView] = useInView();
  const ref = useCallback(
    (element: HTMLElement | null) => {
      const ends = [sized(element), seen(element)];
      return () => ends.forEach((end) => end?.());
    },
    [sized, seen],
  );
  const xs = useMemo(() => positions(curves), [curves]);
  const at = hoverX === null ? -1 : xs.indexOf(nearest(xs, hoverX) ?? NaN);
  const onKeyDown = (event: KeyboardEvent) => {
    const present = at < 0 ? xs.length - 1 : at;
    const moves = new Map([
      ['ArrowRight', present + 1],
      ['ArrowUp', present + 1],
      ['ArrowLeft', present - 1],
      ['ArrowDown', present - 1],
      ['PageUp', present + 10],
      ['PageDown', present - 10],
      ['Home', 0],
      ['End', xs.length - 1],
    ]);
    const next = moves.get(event.key);
    if (next === undefined || xs.length === 0) return;
    onHover(xs[Math.min(xs.length - 1, Math.max(0, next))]);
    event.preventDefault();
  };
  const shown = xs.at(at) ?? 0;
  return (
    <div
      ref={ref}
      className={styles.frame}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={props.lastX}
      aria-valuenow={shown}
      aria-valuetext={xs.length === 0 ? 'no values yet' : valueText(curves, shown, format)}
      onKeyDown={onKeyDown}
      onBlur={() => onHover(null)}
    >
      {width > 0 && <Sized {...props} width={width} xs={xs} inView={inView} />}
    </div>
  );
}

function valueText(curves: readonly Curve[], x: number, format: (y: number) => string): string {
  const parts = curves.flatMap((curve) => {
    const point = pointAt(curve.points, x);
    return point === null ? [] : [`${curve.label} ${format(point.y)}${point.error === null ? '' : ` ± ${format(point.error)}`}`];
  });
  return `after ${x} steps: ${parts.join(', ')}`;
}

interface SizedProps extends CurvesProps {
  readonly width: number;
  readonly xs: readonly number[];
  readonly inView: boolean;
}

/**
 * Out of sight it stays as it was last drawn: while a run goes on a page of 17 charts is renewed many times, recharts takes
 * most of that, and on few cores it is the run that waits.
 */
function unchanged(before: SizedProps, after: SizedProps): boolean {
  if (!after.inView && before.width === after.width) return true;
  const names = Object.keys(after) as (keyof SizedProps)[];
  return names.every((name) => Object.is(before[name], after[name]));
}

const Sized = memo(function Sized({ width, xs, onHover, hoverX, ...props }: SizedProps) {
  const { curves, kind, lastX, height, labelWidth, format } = props;
  const layout = useMemo(() => layoutCurves(curves, kind, lastX, width, height, labelWidth), [curves, kind, lastX, width, height, labelWidth]);
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = nearest(xs, layout.x.invert(event.clientX - box.left));
    if (x !== hoverX) onHover(x);
  };
  return (
    <div className={styles.chart} onPointerMove={onPointerMove} onPointerLeave={() => onHover(null)}>
      <Plot {...props} width={width} layout={layout} />
      {hoverX !== null && hoverX <= lastX && <Cursor curves={curves} x={hoverX} layout={layout} width={width} height={height} format={format} />}
    </div>
  );
}, unchanged);

interface PlotProps extends Omit<CurvesProps, 'hoverX' | 'onHover'> {
  readonly width: number;
  readonly layout: CurveLayout;
}

/** All that does not follow the pointer. */
const Plot = memo(function Plot({ curves, xLabel, format, height, labelWidth, reference, width, layout }: PlotProps) {
  // Bars of several curves at one step stand side by side.
  const dodged = useMemo(() => {
    const pixel = layout.x.invert(1) - layout.x.invert(0);
    const withBars = curves.filter(({ points }) => points.some(({ error }) => error !== null));
    return curves.map((curve) => {
      const place = withBars.indexOf(curve);
      const shift = place < 0 ? 0 : (place - (withBars.length - 1) / 2) * 4 * pixel;
      return curve.points.map(({ x, y, error }) => ({ x: x + shift, y, error: error ?? 0 }));
    });
  }, [curves, layout]);
  const tick = { fill: 'var(--ink-2)', fontSize: 12 };
  return (
    <LineChart data-chart="" className={styles.plot} width={width} height={height} margin={{ top: layout.top, right: labelWidth, bottom: 0, left: 0 }} accessibilityLayer={false} aria-hidden="true">
      <CartesianGrid vertical={false} stroke="var(--hairline)" />
      <XAxis type="number" dataKey="x" domain={[...layout.x.domain]} ticks={[...layout.xTicks]} height={height - layout.bottom} interval={0} allowDataOverflow tick={tick} tickLine={{ stroke: 'var(--edge)' }} tickSize={4} tickMargin={4} axisLine={{ stroke: 'var(--edge)' }} />
      <YAxis type="number" domain={[...layout.y.domain]} ticks={[...layout.yTicks]} width={layout.left} interval={0} allowDataOverflow tick={tick} tickLine={false} tickMargin={6} axisLine={false} tickFormatter={format} />
      {reference !== undefined && <ReferenceLine y={reference} stroke="var(--edge)" strokeDasharray="1 3" ifOverflow="hidden" />}
      {curves.flatMap((curve) =>
        curve.raw.map((points, index) => (
          <Line key={`${curve.id} raw ${index}`} data={[...points]} dataKey="y" stroke={`var(--series-${curve.slot})`} strokeOpacity={0.38} strokeWidth={1} dot={false} activeDot={false} legendType="none" isAnimationActive={false} />
        )),
      )}
      {curves.map((curve, index) => (
        <Line
          key={curve.id}
          data={dodged[index]}
          dataKey="y"
          stroke={`var(--series-${curve.slot})`}
          strokeWidth={1.75}
          strokeDasharray={seriesDash(curve.slot)}
          dot={dodged[index].length <= 24 || curve.points.some(({ error }) => error !== null) ? { r: 2.5, fill: `var(--series-${curve.slot})`, stroke: 'var(--page)', strokeWidth: 1, strokeDasharray: 'none' } : false}
          activeDot={false}
          isAnimationActive={false}
        >
          {curve.points.some(({ error }) => error !== null) && <ErrorBar dataKey="error" direction="y" width={0} strokeWidth={1.25} stroke={`var(--series-${curve.slot})`} isAnimationActive={false} />}
        </Line>
      ))}
      <EndLabels curves={curves} layout={layout} />
      <text className={styles.axisLabel} x={width} y={height - 6} textAnchor="end">
        {xLabel}
      </text>
    </LineChart>
  );
});

function EndLabels({ curves, layout }: { readonly curves: readonly Curve[]; readonly layout: CurveLayout }) {
  const ends = curves.flatMap((curve) => {
    const point = curve.points.at(-1);
    return point === undefined || curve.label === '' ? [] : [{ curve, x: layout.x(point.x), y: layout.y(point.y) }];
  });
  const places = spread(ends.map(({ y }) => y), 14, layout.top + 4, layout.bottom - 4);
  return (
    <g>
      {ends.map(({ curve, x }, index) => (
        <text key={curve.id} className={[styles.endLabel, seriesClass(curve.slot)].join(' ')} x={x + 8} y={places[index] + 4}>
          {curve.label}
        </text>
      ))}
    </g>
  );
}

interface CursorProps {
  readonly curves: readonly Curve[];
  readonly x: number;
  readonly layout: CurveLayout;
  readonly width: number;
  readonly height: number;
  readonly format: (y: number) => string;
}

/** The step under the pointer, here or in another chart, and the values that hold there. */
function Cursor({ curves, x, layout, width, height, format }: CursorProps) {
  const values = curves.flatMap((curve) => {
    const point = pointAt(curve.points, x);
    return point === null ? [] : [{ curve, point }];
  });
  const line = layout.x(x);
  const before = line > (layout.left + layout.right) / 2;
  const places = spread(values.map(({ point }) => layout.y(point.y)), 14, layout.top + 6, layout.bottom - 6);
  return (
    <svg className={styles.cursor} viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <line className={styles.cursorLine} x1={line} x2={line} y1={layout.top} y2={layout.bottom} />
      {values.map(({ curve, point }, index) => (
        <g key={curve.id} className={seriesClass(curve.slot)}>
          <circle className={styles.cursorDot} cx={layout.x(point.x)} cy={layout.y(point.y)} r={3.5} />
          <text className={styles.cursorValue} x={before ? line - 7 : line + 7} y={places[index] + 4} textAnchor={before ? 'end' : 'start'}>
            {format(point.y)}
          </text>
        </g>
      ))}
      <text className={styles.cursorStep} x={line} y={height - 8} textAnchor="middle">
        {x}
      </text>
    </svg>
  );
}
