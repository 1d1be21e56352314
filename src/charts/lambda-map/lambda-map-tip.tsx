import { formatFixed } from '../../ui/format.ts';
import { cellWords } from './describe.ts';
import type { MapPoint } from './lambda-layout.ts';
import styles from './lambda-map.module.css';
import type { LambdaColumn, LambdaRow } from './types.ts';

export interface Tip {
  readonly point: MapPoint;
  /** Of the frame around the map, pixels. */
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly tip: Tip;
  readonly row: LambdaRow;
  readonly columns: readonly LambdaColumn[];
  readonly domain: number;
  readonly unit: string;
  readonly width: number;
  readonly height: number;
}

const WIDTH = 320;

/** The whole question, and the coefficient under the pointer with its interval; on the question all of them. */
export function LambdaMapTip({ tip, row, columns, domain, unit, width, height }: Props) {
  const left = Math.max(0, Math.min(tip.x + 14, width - WIDTH));
  const place = tip.y > height / 2 ? { left, bottom: height - tip.y + 12 } : { left, top: tip.y + 16 };
  const column = tip.point.column < 0 ? undefined : columns.at(tip.point.column);
  const cell = row.cells[tip.point.column] ?? null;
  return (
    <div className={styles.tip} style={{ ...place, maxWidth: Math.min(WIDTH, width) }} aria-hidden="true">
      <p className={styles.question}>{row.text}</p>
      {row.note !== '' && <p className={styles.note}>{row.note}</p>}
      {column ? (
        <p className={styles.estimate}>
          <b>{column.label}</b> {cell ? `${cellWords(cell, domain)} (${unit})` : 'is not defined here'}
        </p>
      ) : (
        <dl className={styles.estimates}>
          {columns.map(({ key, label }, index) => {
            const one = row.cells[index] ?? null;
            return (
              <div key={key}>
                <dt>{label}</dt>
                <dd>{one ? `${formatFixed(one.value, 2)} [${formatFixed(one.low, 2)}, ${formatFixed(one.high, 2)}]` : 'not defined'}</dd>
              </div>
            );
          })}
        </dl>
      )}
    </div>
  );
}
