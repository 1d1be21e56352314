import { type KeyboardEvent, useId, useRef } from 'react';
import { formatDegrees } from '../../ui/format.ts';
import { useWidth } from '../../ui/use-size.ts';
import { type CellPosition, moveCell, scaleReach } from './heat-map-layout.ts';
import { HeatMapCell } from './heat-map-cell.tsx';
import { HeatMapLegend } from './heat-map-legend.tsx';
import styles from './heat-map.module.css';

/** A whole row, a whole column, one cell; null is everything. */
export interface CellChoice {
  readonly row: number | null;
  readonly column: number | null;
}

export interface HeatMapProps {
  readonly label: string;
  /** What the rows are. */
  readonly corner: string;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** Row by row; NaN where undefined. */
  readonly values: ArrayLike<number>;
  readonly centre: number;
  readonly legend: { readonly below: string; readonly above: string };
  readonly choice: CellChoice | null;
  readonly onChoose: (choice: CellChoice | null) => void;
}

const LEFT = 48;
const TOP = 28;

/** Cells and headers are all buttons of one grid: arrow keys move, Enter or Space choose, Esc is the page's. */
export function HeatMap(props: HeatMapProps) {
  const [ref, width] = useWidth();
  return <div ref={ref}>{width > 0 && props.rowLabels.length > 0 && <Drawing {...props} width={width} />}</div>;
}

function Drawing({ label, corner, rowLabels, columnLabels, values, centre, legend, choice, onChoose, width }: HeatMapProps & { readonly width: number }) {
  const pattern = useId();
  const svg = useRef<SVGSVGElement>(null);
  const rows = rowLabels.length;
  const columns = columnLabels.length;
  const cellWidth = (width - LEFT) / columns;
  const cellHeight = Math.min(32, Math.max(14, Math.floor(420 / rows)));
  const bottom = TOP + rows * cellHeight;
  const height = bottom + 44;
  const reach = scaleReach(values, centre);
  const same = (row: number | null, column: number | null) => choice !== null && choice.row === row && choice.column === column;
  const toggle = (row: number | null, column: number | null) => onChoose(same(row, column) ? null : { row, column });
  // One cell of the grid takes Tab: the chosen one, else the first.
  const home: CellPosition = { row: choice?.row ?? 0, column: choice?.column ?? 0 };
  const onKeyDown = (event: KeyboardEvent<SVGGElement>, from: CellPosition) => {
    if (event.key === 'Enter' || event.key === ' ') toggle(from.row, from.column);
    else {
      const next = moveCell(from, event.key, rows, columns);
      if (!next) return;
      const target = svg.current?.querySelector(`[data-cell="${next.row}-${next.column}"]`);
      if (target instanceof SVGElement) target.focus();
    }
    event.preventDefault();
  };
  const onHeaderKey = (event: KeyboardEvent, row: number | null, column: number | null) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    toggle(row, column);
  };
  const every = Math.ceil(14 / cellHeight);
  return (
    <svg ref={svg} data-chart="" className={styles.chart} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="grid" aria-label={label} aria-rowcount={rows + 1} aria-colcount={columns + 1}>
      <defs>
        <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line className={styles.undefined} x1="0" y1="0" x2="0" y2="6" />
        </pattern>
      </defs>
      <g role="row">
        <g role="columnheader">
          <text className={styles.label} x={LEFT - 10} y={16} textAnchor="end">
            {corner}
          </text>
        </g>
        {columnLabels.map((name, column) => (
          <g
            key={name}
            role="columnheader"
            tabIndex={0}
            aria-label={`All layers, ${name}${same(null, column) ? ', chosen' : ''}`}
            className={[styles.header, same(null, column) ? styles.active : ''].join(' ')}
            onClick={() => toggle(null, column)}
            onKeyDown={(event) => onHeaderKey(event, null, column)}
          >
            <rect className={styles.hit} x={LEFT + column * cellWidth} y={0} width={cellWidth} height={TOP - 4} />
            <text className={styles.label} x={LEFT + (column + 0.5) * cellWidth} y={16} textAnchor="middle">
              {cellWidth < 52 ? name.replace('_proj', '') : name}
            </text>
          </g>
        ))}
      </g>
      {rowLabels.map((name, row) => (
        <g key={name} role="row">
          <g
            role="rowheader"
            tabIndex={0}
            aria-label={`${corner} ${name}, all modules${same(row, null) ? ', chosen' : ''}`}
            className={[styles.header, same(row, null) ? styles.active : ''].join(' ')}
            onClick={() => toggle(row, null)}
            onKeyDown={(event) => onHeaderKey(event, row, null)}
          >
            <rect className={styles.hit} x={0} y={TOP + row * cellHeight} width={LEFT - 6} height={cellHeight} />
            {(row % every === 0 || same(row, null)) && (
              <text className={styles.label} x={LEFT - 10} y={TOP + (row + 0.5) * cellHeight + 4} textAnchor="end">
                {name}
              </text>
            )}
          </g>
          {columnLabels.map((target, column) => {
            const value = values[row * columns + column] ?? Number.NaN;
            const chosen = same(row, column);
            return (
              <HeatMapCell
                key={target}
                id={`${row}-${column}`}
                label={`${corner} ${name}, ${target}: ${Number.isNaN(value) ? 'undefined' : formatDegrees(value)}`}
                value={value}
                centre={centre}
                reach={reach}
                box={{ x: LEFT + column * cellWidth, y: TOP + row * cellHeight, width: cellWidth - 2, height: cellHeight - 2 }}
                undefinedFill={`url(#${pattern})`}
                chosen={chosen}
                tabbable={home.row === row && home.column === column}
                onChoose={() => toggle(row, column)}
                onKeyDown={(event) => onKeyDown(event, { row, column })}
              />
            );
          })}
        </g>
      ))}
      <HeatMapLegend x={LEFT} y={bottom + 16} width={Math.min(320, width - LEFT - 2)} centre={centre} reach={reach} below={legend.below} above={legend.above} />
    </svg>
  );
}
