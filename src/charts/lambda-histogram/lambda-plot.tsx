import { memo } from 'react';
import { formatCount, formatFixed } from '../../ui/format.ts';
import { curvePoints, type DirectLabel, type KeyLabel, PLACEBO, textWidth } from './lambda-labels.ts';
import { countIn, type LambdaLayout } from './lambda-layout.ts';
import styles from './lambda-histogram.module.css';
import type { ReferenceLook } from './reference-look.ts';
import type { LambdaHistogramProps, LambdaReference } from './types.ts';

interface Props extends Pick<LambdaHistogramProps, 'measured' | 'ties' | 'median' | 'unit'> {
  /** Those that are shown. */
  readonly references: readonly LambdaReference[];
  readonly looks: ReadonlyMap<string, ReferenceLook>;
  readonly layout: LambdaLayout;
  readonly direct: readonly DirectLabel[];
  readonly keys: readonly KeyLabel[];
  readonly hatch: string;
  readonly height: number;
}

/** Less room than this has short words. */
const NARROW = 480;

/** All that follows neither the pointer nor the brush. */
export const LambdaPlot = memo(function LambdaPlot({ measured, ties, median, unit, references, looks, layout, direct, keys, hatch, height }: Props) {
  const { x, y, left, right, top, bottom, slots } = layout;
  const zero = x(0);
  return (
    <g>
      <defs>
        <pattern id={hatch} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path className={styles.tieLine} d="M0,0V4" />
        </pattern>
      </defs>
      {layout.yTicks.map((tick) => (
        <g key={tick}>
          {tick > 0 && <line className={styles.grid} x1={left} x2={right} y1={y(tick)} y2={y(tick)} />}
          <text className={styles.tick} x={left - 8} y={y(tick) + 4} textAnchor="end">
            {formatCount(tick)}
          </text>
        </g>
      ))}
      <rect className={styles.bar} x={0.5} y={top - 21} width={12} height={10} />
      <text className={styles.mark} x={17} y={top - 12}>
        {right < NARROW ? 'measured' : 'measured questions'}
      </text>
      {slots.map((slot) => {
        const count = countIn(measured, slot);
        return count === 0 ? null : <rect key={slot.x0} className={styles.bar} x={slot.x0 + 0.5} width={Math.max(1, slot.x1 - slot.x0 - 1)} y={y(count)} height={bottom - y(count)} />;
      })}
      <Ties measured={measured} ties={ties} layout={layout} hatch={hatch} />
      <line className={styles.zero} x1={zero} x2={zero} y1={top - 6} y2={bottom} />
      {references.map((reference) => (
        <ReferenceLine key={reference.key} reference={reference} look={looks.get(reference.key)} layout={layout} />
      ))}
      <line className={styles.axis} x1={left} x2={right} y1={bottom} y2={bottom} />
      {layout.xTicks.map((tick) => (
        <g key={tick}>
          <line className={styles.axis} x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} />
          <text className={styles.tick} x={x(tick)} y={bottom + 18} textAnchor="middle">
            {formatFixed(tick, Number.isInteger(tick) ? 0 : 1)}
          </text>
        </g>
      ))}
      {slots.map((slot) =>
        slot.bin >= 0 ? null : (
          <text key={slot.x0} className={styles.tick} x={(slot.x0 + slot.x1) / 2} y={bottom + 18} textAnchor="middle">
            {slot.to === Infinity ? '>' : '<'}
          </text>
        ),
      )}
      <text className={styles.axisLabel} x={left} y={height - 6}>
        ← negative
      </text>
      <text className={styles.axisLabel} x={(left + right) / 2} y={height - 6} textAnchor="middle">
        {`λ, ${unit}`}
      </text>
      <text className={styles.axisLabel} x={right} y={height - 6} textAnchor="end">
        positive →
      </text>
      {median !== null && <Median median={median} layout={layout} />}
      {direct.map((label) => (
        <g key={label.key} className={looks.get(label.key)?.className ?? styles.placeboTone}>
          <path className={styles.leader} d={`M${label.x + (label.anchor === 'end' ? 4 : -4)},${label.y}H${label.at}`} />
          <circle className={styles.leaderEnd} cx={label.at} cy={label.y} r={2} />
          <text className={styles.label} x={label.x} y={label.y + 4} textAnchor={label.anchor}>
            {label.text}
          </text>
        </g>
      ))}
      {keys.map((label) => (
        <g key={label.key} className={looks.get(label.key)?.className ?? styles.placeboTone}>
          {looks.has(label.key) ? (
            <line className={styles.curve} x1={label.x} x2={label.x + 26} y1={label.y - 4} y2={label.y - 4} strokeDasharray={looks.get(label.key)?.dash} />
          ) : (
            <path className={styles.placebo} d={`M${label.x},${label.y}v-8h13v5h13`} />
          )}
          <text className={styles.label} x={label.x + 34} y={label.y}>
            {label.text}
          </text>
        </g>
      ))}
    </g>
  );
});

/** Exact ties lie at 0: the part of the middle bar that is on nobody's side. */
function Ties({ measured, ties, layout, hatch }: { readonly measured: LambdaHistogramProps['measured']; readonly ties: number; readonly layout: LambdaLayout; readonly hatch: string }) {
  const middle = layout.slots.find(({ from, to }) => from < 0 && to > 0);
  if (ties <= 0 || !middle) return null;
  const { y, bottom, top } = layout;
  const height = bottom - y(Math.min(ties, countIn(measured, middle)));
  const words = `${formatCount(ties)} exact ${ties === 1 ? 'tie' : 'ties'}`;
  const x = layout.x(0) + 8;
  return (
    <g>
      <rect className={styles.ties} x={middle.x0 + 0.5} width={Math.max(1, middle.x1 - middle.x0 - 1)} y={bottom - height} height={height} fill={`url(#${hatch})`} />
      <rect className={styles.ties} x={x} y={top - 21} width={12} height={10} fill={`url(#${hatch})`} />
      <text className={styles.mark} x={x + 17} y={top - 12}>
        {words}
      </text>
    </g>
  );
}

function Median({ median, layout }: { readonly median: number; readonly layout: LambdaLayout }) {
  const { x, top, right, bottom } = layout;
  const at = x(Math.min(x.domain[1], Math.max(x.domain[0], median)));
  const words = `median ${formatFixed(median, 2)}`;
  // The ties stand right of 0: left of it there is room for the median, on whichever side it lies.
  const before = Math.min(at, x(0)) - 8;
  const fits = before - textWidth(words) > 17 + textWidth(right < NARROW ? 'measured' : 'measured questions');
  return (
    <g>
      <line className={styles.medianLine} x1={at} x2={at} y1={top - 8} y2={bottom} />
      <path className={styles.median} d={`M${at - 5},${top - 18}h10l-5,8z`} />
      {fits && (
        <text className={styles.mark} x={before} y={top - 12} textAnchor="end">
          {words}
        </text>
      )}
    </g>
  );
}

function ReferenceLine({ reference, look, layout }: { readonly reference: LambdaReference; readonly look: ReferenceLook | undefined; readonly layout: LambdaLayout }) {
  const { slots, y, bottom } = layout;
  const at = (value: number) => value.toFixed(2);
  const beyond = slots.filter((slot) => slot.bin < 0 && countIn(reference.histogram, slot) > 0).map((slot) => `M${at(slot.x0)},${at(y(countIn(reference.histogram, slot)))}H${at(slot.x1)}`);
  if (!look || reference.key === PLACEBO) {
    const inside = slots.filter(({ bin }) => bin >= 0);
    const steps = inside.map((slot) => `V${at(y(countIn(reference.histogram, slot)))}H${at(slot.x1)}`);
    return <path className={styles.placebo} d={`M${at(inside[0].x0)},${at(bottom)}${steps.join('')}V${at(bottom)}${beyond.join('')}`} />;
  }
  const line = curvePoints(reference, layout).map((point, index) => `${index === 0 ? 'M' : 'L'}${at(point.x)},${at(point.y)}`);
  return <path className={[styles.curve, look.className].join(' ')} d={line.join('') + beyond.join('')} strokeDasharray={look.dash} />;
}
