import type { MapLayout } from './lambda-layout.ts';
import styles from './lambda-map.module.css';
import type { LambdaMapProps } from './types.ts';

type Props = Pick<LambdaMapProps, 'columns' | 'sortedBy' | 'onSort'> & { readonly layout: MapLayout };

function Arrow({ sorted }: { readonly sorted: 'ascending' | 'descending' | 'none' }) {
  if (sorted === 'none') return null;
  return (
    <svg className={styles.arrow} viewBox="0 0 8 8" width={8} height={8} aria-hidden="true">
      <path d={sorted === 'ascending' ? 'M4,1L8,7H0Z' : 'M4,7L0,1H8Z'} />
    </svg>
  );
}

/** Names of the columns; pressing one asks for another order of the rows. */
export function LambdaMapHeader({ columns, sortedBy, onSort, layout }: Props) {
  return (
    <div role="row" aria-rowindex={1} className={[styles.header, layout.upright ? styles.upright : ''].join(' ')} style={{ height: layout.headerHeight }}>
      <div role="columnheader" aria-colindex={1} className={styles.corner} style={{ width: layout.nameWidth }}>
        {layout.showText ? 'question' : '#'}
      </div>
      {columns.map((column, index) => {
        const sorted = sortedBy?.key === column.key ? (sortedBy.ascending ? 'ascending' : 'descending') : 'none';
        return (
          <div key={column.key} role="columnheader" aria-colindex={index + 2} aria-sort={sorted} className={styles.column} style={{ width: layout.columnWidth }}>
            <button type="button" className={styles.sort} onClick={() => onSort(column.key)} title={`Sort by ${column.label}`}>
              {/* A cross stays with the word before it where the name breaks. */}
              <span>
                {column.label.replace(' ×', '\u00a0×')}
                {!layout.upright && <Arrow sorted={sorted} />}
              </span>
              {layout.upright && <Arrow sorted={sorted} />}
            </button>
          </div>
        );
      })}
    </div>
  );
}
