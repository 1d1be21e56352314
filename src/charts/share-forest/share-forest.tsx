import { formatFixed } from '../../ui/format.ts';
import { useWidth } from '../../ui/use-size.ts';
import { layoutForest, type ShareRow } from './forest-layout.ts';

export type { ShareKind, ShareRow } from './forest-layout.ts';

export interface ShareForestProps {
  readonly rows: readonly ShareRow[];
  readonly label: string;
}

/** Shares negative one under the other, with their intervals, against 50 %. */
export function ShareForest({ rows, label }: ShareForestProps) {
  const [ref, width] = useWidth();
  if (width === 0) return <div ref={ref} />;
  const layout = layoutForest(rows, width);
  return (
    <div ref={ref}>
      <svg data-chart="" viewBox={`0 0 ${width} ${layout.height}`} width={width} height={layout.height} role="img" aria-label={label}>
        {layout.lines.map((line) =>
          line.type === 'heading' ? null : (
            <text key={line.row.key} x={0} y={line.labelY} fill="currentColor">
              {`${line.row.label} ${line.row.share === null ? '' : formatFixed(100 * line.row.share, 1)} %`}
            </text>
          ),
        )}
      </svg>
    </div>
  );
}
