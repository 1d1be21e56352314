import { useWidth } from '../../ui/use-size.ts';
import { linearScale, niceCeiling, ticks } from '../scale.ts';
import { type SeriesSlot, seriesClass } from '../series.ts';
import styles from './shares.module.css';

export interface SharePart {
  readonly id: string;
  readonly label: string;
  readonly value: number;
}

export interface ShareRow {
  readonly id: string;
  readonly label: string;
  readonly slot: SeriesSlot;
  readonly parts: readonly SharePart[];
  /** Written behind the bar. */
  readonly note: string;
}

interface Props {
  readonly label: string;
  readonly rows: readonly ShareRow[];
  readonly unit: string;
}

const ROW = 44;
const KEY = 22;
/** A key's swatch and gap, and a letter at 12 pixels, on the average. */
const SWATCH = 34;
const LETTER = 6.4;
/** Lightest part last; each also has its own hatching, so that grey never stands alone. */
const FILLS = [styles.fill0, styles.fill1, styles.fill2, styles.fill3];

/** Stacked bars, one a row, to one scale from 0. */
export function Shares(props: Props) {
  const [ref, width] = useWidth();
  return <div ref={ref}>{width > 0 && <Drawing {...props} width={width} />}</div>;
}

function Drawing({ label, rows, unit, width }: Props & { readonly width: number }) {
  const left = 0;
  const right = Math.max(120, width - 96);
  const names = rows.at(0)?.parts ?? [];
  const keys = placeKeys(names.map(({ label: name }) => name), right);
  const top = KEY * (1 + (keys.at(-1)?.line ?? 0)) + 8;
  const bottom = top + rows.length * ROW;
  const height = bottom + 28;
  const total = (row: ShareRow) => row.parts.reduce((sum, part) => sum + part.value, 0);
  const x = linearScale([0, niceCeiling(Math.max(...rows.map(total)), 4)], [left, right]);
  return (
    <svg data-chart="" className={styles.chart} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
      {names.map((part, index) => (
        <g key={part.id} transform={`translate(${keys[index].x}, ${keys[index].line * KEY})`}>
          <rect className={FILLS[index % FILLS.length]} x={0.5} y={4} width={12} height={12} />
          <text className={styles.note} x={18} y={14}>
            {part.label}
          </text>
        </g>
      ))}
      {ticks(0, x.domain[1], width < 480 ? 3 : 5).map((tick) => (
        <g key={tick}>
          <line className={styles.grid} x1={x(tick)} x2={x(tick)} y1={top} y2={bottom} />
          <text className={styles.note} x={x(tick)} y={bottom + 18} textAnchor={tick === 0 ? 'start' : 'middle'}>
            {`${tick} ${unit}`}
          </text>
        </g>
      ))}
      {rows.map((row, index) => {
        let from = 0;
        const y = top + index * ROW;
        return (
          <g key={row.id} className={seriesClass(row.slot)}>
            <text className={styles.label} x={left} y={y + 13}>
              {row.label}
            </text>
            {row.parts.map((part, place) => {
              const start = from;
              from += part.value;
              return <rect key={part.id} className={FILLS[place % FILLS.length]} x={x(start)} width={Math.max(0, x(from) - x(start))} y={y + 20} height={14} />;
            })}
            <text className={styles.value} x={x(total(row)) + 8} y={y + 31}>
              {row.note}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** Keys one after the other, on as many lines as they need. */
export function placeKeys(names: readonly string[], width: number): { readonly x: number; readonly line: number }[] {
  let x = 0;
  let line = 0;
  return names.map((name) => {
    const own = SWATCH + name.length * LETTER;
    if (x > 0 && x + own > width) {
      x = 0;
      line += 1;
    }
    const place = { x, line };
    x += own;
    return place;
  });
}
