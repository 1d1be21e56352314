import { interpolatePuOr } from 'd3-scale-chromatic';

/** Distance from the centre that the scale covers: the largest one present, rounded up to a value that can be printed. */
export function scaleReach(values: ArrayLike<number>, centre: number): number {
  let reach = 0;
  for (let index = 0; index < values.length; index += 1) {
    const distance = Math.abs((values[index] ?? Number.NaN) - centre);
    if (distance > reach) reach = distance;
  }
  for (const nice of [0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90]) if (reach <= nice) return nice;
  return 90;
}

/** Purple below the centre, orange above. */
export function cellColour(value: number, centre: number, reach: number): string {
  const t = Math.min(1, Math.max(0, 0.5 + (value - centre) / (2 * reach)));
  return interpolatePuOr(t);
}

/** Black or white, whichever reads better on an `rgb(r, g, b)` colour. */
export function inkOn(colour: string): string {
  const channels = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * (channels[0] ?? 0) + 0.7152 * (channels[1] ?? 0) + 0.0722 * (channels[2] ?? 0);
  return luminance > 0.179 ? '#000000' : '#ffffff';
}

export interface CellPosition {
  readonly row: number;
  readonly column: number;
}

/** Where an arrow key leads; Home and End go along the row. */
export function moveCell(from: CellPosition, key: string, rows: number, columns: number): CellPosition | null {
  const clamp = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));
  switch (key) {
    case 'ArrowUp':
      return { row: clamp(from.row - 1, rows), column: from.column };
    case 'ArrowDown':
      return { row: clamp(from.row + 1, rows), column: from.column };
    case 'ArrowLeft':
      return { row: from.row, column: clamp(from.column - 1, columns) };
    case 'ArrowRight':
      return { row: from.row, column: clamp(from.column + 1, columns) };
    case 'Home':
      return { row: from.row, column: 0 };
    case 'End':
      return { row: from.row, column: columns - 1 };
    default:
      return null;
  }
}
