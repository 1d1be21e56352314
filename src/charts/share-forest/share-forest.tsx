import { formatFixed } from '../../ui/format.ts';
import { useWidth } from '../../ui/use-size.ts';
import { type ForestLayout, layoutForest, type ShareKind, type ShareRow } from './forest-layout.ts';
import styles from './share-forest.module.css';

export { describeShares, shareTable } from './describe.ts';
export type { ShareKind, ShareRow } from './forest-layout.ts';

export interface ShareForestProps {
  /** In order; rows of one kind next to each other stand under one heading. */
  readonly rows: readonly ShareRow[];
  readonly label: string;
}

const HEADINGS: Readonly<Record<ShareKind, string>> = {
  measured: 'measured',
  placebo: 'placebo',
  world: 'worlds without interference',
  published: 'published, without intervals',
};

/** Shares negative one under the other, with their intervals, against 50 %. */
export function ShareForest({ rows, label }: ShareForestProps) {
  const [ref, width] = useWidth();
  return <div ref={ref}>{width > 0 && <Drawing rows={rows} label={label} width={width} />}</div>;
}

function Drawing({ rows, label, width }: ShareForestProps & { readonly width: number }) {
  const layout = layoutForest(rows, width);
  const { x, left, right, top, bottom, height } = layout;
  const half = x(0.5);
  return (
    <svg data-chart="" className={styles.chart} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      {layout.ticks.map((tick) => (
        <g key={tick}>
          <line className={styles.grid} x1={x(tick)} x2={x(tick)} y1={top} y2={bottom} />
          <line className={styles.axis} x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} />
          <text className={styles.tick} x={x(tick)} y={bottom + 18} textAnchor={tick === x.domain[0] && layout.stacked ? 'start' : tick === x.domain[1] && layout.stacked ? 'end' : 'middle'}>
            {`${formatFixed(100 * tick, 0)} %`}
          </text>
        </g>
      ))}
      <line className={styles.half} x1={half} x2={half} y1={top} y2={bottom} />
      <line className={styles.axis} x1={left} x2={right} y1={bottom} y2={bottom} />
      <text className={styles.note} x={left} y={height - 4}>
        ← more positive
      </text>
      <text className={styles.note} x={right} y={height - 4} textAnchor="end">
        more negative →
      </text>
      {layout.lines.map((line) =>
        line.type === 'heading' ? (
          <text key={`heading ${line.y}`} className={styles.heading} x={0} y={line.y}>
            {HEADINGS[line.kind]}
          </text>
        ) : (
          <g key={line.row.key}>
            <Row row={line.row} y={line.y} labelY={line.labelY} layout={layout} />
          </g>
        ),
      )}
    </svg>
  );
}

function Row({ row, y, labelY, layout }: { readonly row: ShareRow; readonly y: number; readonly labelY: number; readonly layout: ForestLayout }) {
  const { x, valueX } = layout;
  const { share, low, high } = row;
  return (
    <>
      <text className={row.kind === 'measured' ? styles.strong : styles.label} x={0} y={labelY}>
        {row.label}
        {/* Over the marks, names have the numbers beside them, and notes a line of their own. */}
        {row.note !== undefined && row.note !== '' && (
          <tspan className={styles.note} {...(layout.stacked ? { x: 0, dy: 16 } : { dx: 8 })}>
            {row.note}
          </tspan>
        )}
      </text>
      <text className={row.kind === 'measured' ? styles.strong : styles.value} x={valueX} y={labelY} textAnchor="end">
        {share === null ? 'no share' : low === null || high === null ? `${formatFixed(100 * share, 1)} %` : `${formatFixed(100 * share, 1)} % [${formatFixed(100 * low, 1)}, ${formatFixed(100 * high, 1)}]`}
      </text>
      {share !== null && (
        <>
          {low !== null && high !== null && <path className={row.kind === 'measured' ? styles.interval : styles.thin} d={`M${x(low)},${y - 4}v8M${x(high)},${y - 4}v8M${x(low)},${y}H${x(high)}`} />}
          <Mark kind={row.kind} x={x(share)} y={y} />
        </>
      )}
    </>
  );
}

/** Measured is filled, what it is held against is hollow; every kind has its own shape. */
function Mark({ kind, x, y }: { readonly kind: ShareKind; readonly x: number; readonly y: number }) {
  if (kind === 'measured') return <circle className={styles.filled} cx={x} cy={y} r={5} />;
  if (kind === 'placebo') return <circle className={styles.hollow} cx={x} cy={y} r={4.5} />;
  if (kind === 'world') return <rect className={styles.hollow} x={x - 4} y={y - 4} width={8} height={8} />;
  return <path className={styles.hollow} d={`M${x},${y - 6}l6,6l-6,6l-6,-6z`} />;
}
