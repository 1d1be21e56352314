import { useId, type ReactNode } from 'react';
import styles from './data-table.module.css';

export interface Column {
  readonly id: string;
  readonly label: string;
  readonly align?: 'left' | 'right';
  /** May break over lines. */
  readonly wide?: boolean;
}

interface Props {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell of a row heads it. */
  readonly rows: readonly (readonly ReactNode[])[];
  readonly maxHeight?: number;
}

/**
 * A real table; it scrolls inside itself, so it can be reached by keyboard. Its caption stands above it and not in it: a
 * caption is as wide as its table, and would scroll away with what does not fit.
 */
export function DataTable({ caption, columns, rows, maxHeight }: Props) {
  const id = useId();
  const cellClass = (column: Column | undefined) => [column?.align === 'right' ? styles.number : '', column?.wide ? styles.wide : ''].join(' ').trim() || undefined;
  return (
    <div className={styles.frame}>
      <p className={styles.caption} id={id}>
        {caption}
      </p>
      <div className={styles.wrap} style={maxHeight === undefined ? undefined : { maxHeight }} tabIndex={0} role="region" aria-label={caption}>
        <table className={styles.table} aria-labelledby={id}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.id} scope="col" className={cellClass(column)}>
                  {column.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, row) => (
              <tr key={row}>
                {cells.map((cell, index) =>
                  index === 0 ? (
                    <th key={index} scope="row" className={cellClass(columns[index])}>
                      {cell}
                    </th>
                  ) : (
                    <td key={index} className={cellClass(columns[index])}>
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
