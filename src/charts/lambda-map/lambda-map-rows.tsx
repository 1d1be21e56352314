import { memo } from 'react';
import { cellWords } from './describe.ts';
import { rowsAround } from './lambda-layout.ts';
import styles from './lambda-map.module.css';
import type { LambdaColumn, LambdaRow } from './types.ts';

interface Props {
  readonly id: string;
  readonly columns: readonly LambdaColumn[];
  readonly rows: readonly LambdaRow[];
  readonly domain: number;
  readonly selected: string | null;
  /** Index of the row around which rows are given. */
  readonly active: number;
}

/** Ids of what the grid's aria-activedescendant names. @param column −1 for the whole row */
export function partId(id: string, row: number, column: number): string {
  return column < 0 ? `${id}-row-${row}` : `${id}-cell-${row}-${column}`;
}

/** What the canvas shows, for those who do not see it: the rows around the one that the keyboard is on. */
export const LambdaMapRows = memo(function LambdaMapRows({ id, columns, rows, domain, selected, active }: Props) {
  const { first, end } = rowsAround(active, rows.length);
  return (
    <div role="rowgroup" className={styles.spoken}>
      {rows.slice(first, end).map((row, offset) => {
        const index = first + offset;
        return (
          <div key={row.id} id={partId(id, index, -1)} role="row" aria-rowindex={index + 2} aria-selected={row.id === selected}>
            <span role="rowheader" aria-colindex={1}>
              {row.note === '' ? row.text : `${row.text} (${row.note})`}
            </span>
            {columns.map((column, place) => (
              <span key={column.key} id={partId(id, index, place)} role="gridcell" aria-colindex={place + 2}>
                {`${column.label} ${cellWords(row.cells[place] ?? null, domain)}`}
              </span>
            ))}
          </div>
        );
      })}
    </div>
  );
});
