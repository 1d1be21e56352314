import { csvCell } from '../../core/angles/csv.ts';

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** RFC 4180 as the run's other tables; numbers that come as text, rounded for the table, stay numbers. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells.map((cell) => (typeof cell === 'string' && NUMBER.test(cell) ? cell : csvCell(cell))).join(',');
}

/** Comment lines, the header and the rows. */
export function csv(header: readonly string[], rows: readonly (readonly (string | number)[])[], comment: readonly string[] = []): string {
  return [...comment.map((line) => `# ${line}`), csvLine(header), ...rows.map(csvLine)].map((line) => `${line}\r\n`).join('');
}
