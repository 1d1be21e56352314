import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from 'react';
import { formatCount, formatFixed } from '../../ui/format.ts';
import { useWidth } from '../../ui/use-size.ts';
import { rangeWords } from './describe.ts';
import { placeDirect, placeKey } from './lambda-labels.ts';
import { countBetween, countIn, layoutLambda, moveEnd, rangeOf, sameRange, slotAt, slotsOf } from './lambda-layout.ts';
import { LambdaPlot } from './lambda-plot.tsx';
import styles from './lambda-histogram.module.css';
import { referenceLooks } from './reference-look.ts';
import type { LambdaHistogramProps } from './types.ts';

export { describeLambda, lambdaHistogramTable } from './describe.ts';
export type { LambdaHistogramProps, LambdaRange, LambdaReference } from './types.ts';

/**
 * Histogram of an effect over questions, with worlds without interference drawn over it. A range is brushed with the
 * pointer, or with the two sliders at its ends.
 */
export function LambdaHistogram(props: LambdaHistogramProps) {
  const [ref, width] = useWidth();
  return (
    <div ref={ref} className={styles.frame}>
      {width > 0 && <Drawing {...props} width={width} height={props.height ?? 320} />}
    </div>
  );
}

function Drawing({ measured, references, ties, median, unit, brush, onBrush, label, width, height }: LambdaHistogramProps & { readonly width: number; readonly height: number }) {
  const hatch = useId();
  const svg = useRef<SVGSVGElement>(null);
  /** The slot that stays while the pointer moves the other end, and whether it has moved. */
  const drag = useRef<{ readonly anchor: number; moved: boolean } | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const shown = useMemo(() => references.filter((one) => one.shown), [references]);
  const looks = useMemo(() => referenceLooks(references), [references]);
  // Names stand beside their curves where there is room, else over the plot, which then begins lower.
  const { layout, direct, keys } = useMemo(() => {
    const beside = layoutLambda(measured, references, width, height, 0);
    const placed = width >= 480 ? placeDirect(shown, beside) : null;
    if (placed) return { layout: beside, direct: placed, keys: [] };
    const key = placeKey(shown, width);
    return { layout: layoutLambda(measured, references, width, height, key.height), direct: [], keys: key.labels };
  }, [measured, references, shown, width, height]);
  const { slots, top, bottom } = layout;
  const n = countBetween(measured, [-Infinity, Infinity]);
  const chosen = brush ? slotsOf(slots, brush) : null;

  const slotUnder = (event: PointerEvent): number | null => {
    const box = svg.current?.getBoundingClientRect();
    if (!box || box.width === 0) return null;
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const inside = x >= layout.left - 8 && x <= layout.right + 8 && y >= top - 8 && y <= bottom + 24;
    return inside || drag.current ? slotAt(slots, x) : null;
  };
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    const slot = slotUnder(event);
    if (slot === null || event.button !== 0) return;
    const grip = event.target instanceof Element ? event.target.closest('[data-end]')?.getAttribute('data-end') : null;
    const [from, to] = chosen ?? [0, slots.length - 1];
    drag.current = { anchor: grip === 'from' ? to : grip === 'to' ? from : slot, moved: grip !== null && grip !== undefined };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const slot = slotUnder(event);
    if (slot !== hovered) setHovered(slot);
    const held = drag.current;
    if (!held || slot === null || (!held.moved && slot === held.anchor)) return;
    held.moved = true;
    const range = rangeOf(slots, held.anchor, slot);
    if (!sameRange(range, brush)) onBrush(range);
  };
  const onPointerUp = () => {
    const held = drag.current;
    drag.current = null;
    if (!held || held.moved) return;
    // A press on what is chosen already gives everything back.
    const range = rangeOf(slots, held.anchor, held.anchor);
    onBrush(sameRange(range, brush) ? null : range);
  };
  const onEndKey = (event: KeyboardEvent, end: 'from' | 'to') => {
    if (event.key === 'Escape' && brush) {
      event.stopPropagation();
      onBrush(null);
      return;
    }
    const next = moveEnd(slots, brush, end, event.key);
    if (next === undefined) return;
    event.preventDefault();
    if (!sameRange(next, brush)) onBrush(next);
  };
  const [first, last] = chosen ?? [0, slots.length - 1];
  const held = brush ? `${formatCount(countBetween(measured, brush))} of ${formatCount(n)} questions, ${rangeWords(brush, measured.bins.width, unit)}` : `all ${formatCount(n)} questions`;
  return (
    <>
      <svg
        ref={svg}
        data-chart=""
        className={styles.chart}
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        role="group"
        aria-label={label}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onPointerLeave={() => setHovered(null)}
      >
        <g aria-hidden="true">
          {hovered !== null && <rect className={styles.hovered} x={slots[hovered].x0} width={slots[hovered].x1 - slots[hovered].x0} y={top} height={bottom - top} data-export="no" />}
          {chosen && <rect className={styles.brush} x={slots[first].x0} width={slots[last].x1 - slots[first].x0} y={top} height={bottom - top} />}
          <LambdaPlot measured={measured} ties={ties} median={median} unit={unit} references={shown} looks={looks} layout={layout} direct={direct} keys={keys} hatch={hatch} height={height} />
        </g>
        {(['from', 'to'] as const).map((end) => {
          const x = end === 'from' ? slots[first].x0 : slots[last].x1;
          return (
            <g
              key={end}
              data-end={end}
              data-export="no"
              role="slider"
              tabIndex={0}
              className={[styles.grip, brush ? styles.set : ''].join(' ')}
              aria-label={end === 'from' ? 'Lower end of the chosen range' : 'Upper end of the chosen range'}
              aria-valuemin={0}
              aria-valuemax={slots.length - 1}
              aria-valuenow={end === 'from' ? first : last}
              aria-valuetext={held}
              onKeyDown={(event) => onEndKey(event, end)}
            >
              <rect className={styles.gripHit} x={x - 12} y={bottom - 14} width={24} height={28} />
              <rect className={styles.gripMark} x={x - 3.5} y={bottom - 8} width={7} height={16} rx={3.5} />
            </g>
          );
        })}
      </svg>
      {hovered !== null && (
        <div className={styles.tip} style={slots[hovered].x0 > width / 2 ? { right: width - slots[hovered].x0 + 8 } : { left: slots[hovered].x1 + 8 }} aria-hidden="true">
          <p className={styles.range}>{rangeWords(rangeOf(slots, hovered, hovered), measured.bins.width, unit)}</p>
          <dl>
            <div>
              <dt>measured</dt>
              <dd>{formatCount(countIn(measured, slots[hovered]))}</dd>
            </div>
            {ties > 0 && slots[hovered].from < 0 && slots[hovered].to > 0 && (
              <div>
                <dt>of these exact ties</dt>
                <dd>{formatCount(ties)}</dd>
              </div>
            )}
            {shown.map((one) => (
              <div key={one.key}>
                <dt>{one.label}</dt>
                <dd>{formatFixed(countIn(one.histogram, slots[hovered]), 1)}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </>
  );
}
