/** Where everything of the map stands, and what lies under a point. */

export const ROW_HEIGHT = 24;
/** Gap between cells. */
export const GAP = 2;
/** Under this width questions are known by their number alone. */
const TEXT_FROM = 560;
/** Labels of narrower columns stand upright. */
const UPRIGHT_BELOW = 72;
/** In narrower cells a number with its sign and mark does not fit. */
const VALUE_FROM = 44;

export interface MapLayout {
  readonly width: number;
  readonly headerHeight: number;
  readonly upright: boolean;
  /** Width of what names the rows, left. */
  readonly nameWidth: number;
  readonly showText: boolean;
  readonly columnWidth: number;
  readonly columns: number;
  readonly showValues: boolean;
}

/** @param digits of the greatest number of a row */
export function layoutMap(width: number, columns: number, digits: number): MapLayout {
  const showText = width >= TEXT_FROM;
  const count = Math.max(1, columns);
  const numbers = 12 + 7 * digits;
  // Questions get what they can use; the columns share the rest, and grow no wider than a number can fill.
  const nameWidth = showText ? Math.max(Math.round(width * 0.34), width - count * 124) : numbers;
  const columnWidth = (width - nameWidth) / count;
  const upright = columnWidth < UPRIGHT_BELOW;
  return { width, headerHeight: upright ? 84 : columnWidth < 124 ? 44 : 32, upright, nameWidth, showText, columnWidth, columns, showValues: columnWidth - GAP >= VALUE_FROM };
}

export function columnX(layout: MapLayout, column: number): number {
  return layout.nameWidth + column * layout.columnWidth;
}

/** Rows that are at least partly inside the viewport: from `first` to before `end`. */
export function visibleRows(scrollTop: number, viewport: number, rows: number): { readonly first: number; readonly end: number } {
  const first = Math.min(rows, Math.max(0, Math.floor(scrollTop / ROW_HEIGHT)));
  return { first, end: Math.max(first, Math.min(rows, Math.ceil((scrollTop + viewport) / ROW_HEIGHT))) };
}

export interface MapPoint {
  readonly row: number;
  /** −1: the question itself. */
  readonly column: number;
}

/** What lies under a point of the part below the header; null under the last row and outside. */
export function hitTest(layout: MapLayout, x: number, y: number, scrollTop: number, rows: number): MapPoint | null {
  const row = Math.floor((y + scrollTop) / ROW_HEIGHT);
  if (y < 0 || row < 0 || row >= rows || x < 0 || x >= layout.width) return null;
  return { row, column: x < layout.nameWidth ? -1 : Math.min(layout.columns - 1, Math.floor((x - layout.nameWidth) / layout.columnWidth)) };
}

/** Where a key leads; null for keys that move nothing. @param page rows of a page */
export function moveTo(from: MapPoint, key: string, rows: number, columns: number, page: number): MapPoint | null {
  if (rows === 0) return null;
  const row = (next: number): MapPoint => ({ row: Math.min(rows - 1, Math.max(0, next)), column: from.column });
  const step = Math.max(1, page);
  switch (key) {
    case 'ArrowUp':
      return row(from.row - 1);
    case 'ArrowDown':
      return row(from.row + 1);
    case 'PageUp':
      return row(from.row - step);
    case 'PageDown':
      return row(from.row + step);
    case 'Home':
      return row(0);
    case 'End':
      return row(rows - 1);
    case 'ArrowLeft':
      return { row: from.row, column: Math.max(-1, from.column - 1) };
    case 'ArrowRight':
      return { row: from.row, column: Math.min(columns - 1, from.column + 1) };
    default:
      return null;
  }
}

/** The scroll position nearest to the present one that shows the whole row. */
export function scrollToShow(row: number, scrollTop: number, viewport: number): number {
  const top = row * ROW_HEIGHT;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + ROW_HEIGHT - viewport);
}

/** Rows that assistive technology is given: some before and after the active one. */
export function rowsAround(active: number, rows: number, reach = 10): { readonly first: number; readonly end: number } {
  return { first: Math.max(0, Math.min(active, rows) - reach), end: Math.min(rows, Math.max(0, active) + reach + 1) };
}

/** The longest beginning of a text that fits, with an ellipsis where something is cut off. */
export function ellipsise(text: string, room: number, measure: (text: string) => number): string {
  if (measure(text) <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : `${text.slice(0, low).trimEnd()}…`;
}

/** −1 and 1 where a value lies beyond the domain on that side, else 0. */
export function beyond(value: number, domain: number): -1 | 0 | 1 {
  return value > domain ? 1 : value < -domain ? -1 : 0;
}

/** The cell's 95 % interval lies on one side of 0. */
export function excludesZero({ low, high }: { readonly low: number; readonly high: number }): boolean {
  return low > 0 || high < 0;
}
