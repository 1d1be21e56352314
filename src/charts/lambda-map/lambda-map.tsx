import { formatFixed } from '../../ui/format.ts';
import type { LambdaMapProps } from './types.ts';

export type { LambdaCell, LambdaColumn, LambdaMapProps, LambdaRow } from './types.ts';

/** Questions × coefficients. */
export function LambdaMap({ columns, rows, selected, onSort, onSelect, onHover, height, label }: LambdaMapProps) {
  return (
    <div style={{ height, overflow: 'auto' }}>
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">question</th>
            {columns.map((column) => (
              <th key={column.key} scope="col">
                <button type="button" onClick={() => onSort(column.key)}>
                  {column.label}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, 200).map((row) => (
            <tr key={row.id} aria-selected={row.id === selected} onClick={() => onSelect(row.id)} onPointerEnter={() => onHover(row.id)} onPointerLeave={() => onHover(null)}>
              <th scope="row">{row.text}</th>
              {row.cells.map((cell, index) => (
                <td key={index}>{cell ? formatFixed(cell.value, 1) : ''}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
