import type { Column } from '../../ui/data-table.tsx';
import { formatCount, formatFixed } from '../../ui/format.ts';
import { beyond, excludesZero } from './lambda-layout.ts';
import type { LambdaCell, LambdaColumn, LambdaRow } from './types.ts';

/** "−1.24, 95 % from −2.01 to −0.47", with what the cell's marks say. */
export function cellWords(cell: LambdaCell | null, domain: number): string {
  if (!cell) return 'not defined';
  const marks = [
    excludesZero(cell) ? 'interval excludes 0' : '',
    cell.saturated ? 'held by +½ alone' : '',
    beyond(cell.value, domain) === 0 ? '' : 'beyond the colours',
  ].filter((mark) => mark !== '');
  return [`${formatFixed(cell.value, 2)}, 95 % from ${formatFixed(cell.low, 2)} to ${formatFixed(cell.high, 2)}`, ...marks].join(', ');
}

/** What the marks of the map mean, in the legend and under an exported picture. */
export function markWords(domain: number): Readonly<Record<'certain' | 'saturated' | 'undefined' | 'beyond', string>> {
  return {
    certain: '95 % interval excludes 0',
    saturated: 'all or none right in a model that it needs: held by +½ alone',
    undefined: 'not defined',
    beyond: `beyond ±${domainText(domain)}`,
  };
}

export function domainText(domain: number): string {
  return formatFixed(domain, Number.isInteger(domain) ? 0 : domain < 1 ? 2 : 1);
}

/**
 * The numbers of the map as text: for the table under it and the CSV. A page cannot hold thousands of table rows, a file
 * can. @param limit rows at most
 */
export function lambdaTable(columns: readonly LambdaColumn[], rows: readonly LambdaRow[], unit: string, limit = Infinity): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  return {
    columns: [
      { id: 'question', label: 'question', wide: true },
      { id: 'note', label: 'note' },
      ...columns.flatMap(({ key, label }): Column[] => [
        { id: key, label: `${label} (${unit})`, align: 'right' },
        { id: `${key}-low`, label: `${label} low`, align: 'right' },
        { id: `${key}-high`, label: `${label} high`, align: 'right' },
        { id: `${key}-saturated`, label: `${label} held by +½` },
      ]),
    ],
    rows: rows.slice(0, limit).map((row) => [
      row.text,
      row.note,
      ...columns.flatMap((_, index) => {
        const cell = row.cells[index] ?? null;
        return cell ? [cell.value.toFixed(4), cell.low.toFixed(4), cell.high.toFixed(4), cell.saturated ? 'yes' : 'no'] : ['', '', '', ''];
      }),
    ]),
  };
}

/** The part of the rows that a picture shows, in words; empty where it is all of them. */
export function partWords(first: number, end: number, rows: number): string {
  return end - first === rows ? '' : `Rows ${formatCount(first + 1)} to ${formatCount(end)} of ${formatCount(rows)}, as they stood on the page.`;
}
