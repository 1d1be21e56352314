import { linearScale, type Scale, ticks, tickStep } from '../scale.ts';

export type ShareKind = 'measured' | 'placebo' | 'world' | 'published';

export interface ShareRow {
  readonly key: string;
  readonly label: string;
  readonly kind: ShareKind;
  /** 0 to 1; null where there is nothing to share. */
  readonly share: number | null;
  /** Null where no interval is known. */
  readonly low: number | null;
  readonly high: number | null;
  readonly note?: string;
}

export type ForestLine =
  | { readonly type: 'heading'; readonly kind: ShareKind; readonly y: number }
  | { readonly type: 'row'; readonly row: ShareRow; readonly y: number; readonly labelY: number };

export interface ForestLayout {
  readonly x: Scale;
  readonly ticks: readonly number[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly height: number;
  /** Where the numbers end, right. */
  readonly valueX: number;
  readonly lines: readonly ForestLine[];
  /** Labels stand over their marks in place of beside them. */
  readonly stacked: boolean;
}

const HEADING = 26;
const ROW = 30;
const AXIS = 40;
const VALUE_WIDTH = 132;
/** A narrower plot gets the whole width, with the names over their marks. */
const LEAST_PLOT = 200;
/** Mean widths of a character at 12 px, of names (bold) and of notes. */
const LABEL_CHARACTER = 7;
const NOTE_CHARACTER = 6.2;

/** From the lowest to the highest share drawn, with 50 % always inside, at round ends. */
export function shareDomain(rows: readonly ShareRow[]): readonly [number, number] {
  const values = rows.flatMap(({ share, low, high }) => [share, low, high]).filter((value) => value !== null);
  const low = Math.min(0.4, ...values);
  const high = Math.max(0.6, ...values);
  const step = Math.max(0.05, tickStep(high - low, 5));
  const round = (value: number) => Number(value.toPrecision(12));
  return [Math.max(0, round(Math.floor(low / step + 1e-9) * step)), Math.min(1, round(Math.ceil(high / step - 1e-9) * step))];
}

export function layoutForest(rows: readonly ShareRow[], width: number): ForestLayout {
  const names = 24 + Math.max(0, ...rows.map(({ label, note = '' }) => LABEL_CHARACTER * label.length + NOTE_CHARACTER * note.length + 8));
  const stacked = width - names - VALUE_WIDTH - 16 < LEAST_PLOT;
  const left = stacked ? 8 : Math.round(names);
  const right = Math.max(left + 60, stacked ? width - 8 : width - VALUE_WIDTH - 16);
  const lines: ForestLine[] = [];
  let y = 0;
  let kind: ShareKind | null = null;
  for (const row of rows) {
    if (row.kind !== kind) {
      if (kind !== null) y += 6;
      lines.push({ type: 'heading', kind: row.kind, y: y + 17 });
      y += HEADING;
      kind = row.kind;
    }
    if (stacked) {
      const noteHeight = row.note === undefined || row.note === '' ? 0 : 16;
      lines.push({ type: 'row', row, y: y + 31 + noteHeight, labelY: y + 14 });
      y += (row.share === null ? 22 : 44) + noteHeight;
    } else {
      lines.push({ type: 'row', row, y: y + ROW / 2, labelY: y + ROW / 2 + 4 });
      y += ROW;
    }
  }
  const bottom = y + 4;
  const x = linearScale(shareDomain(rows), [left, right]);
  return { x, ticks: ticks(x.domain[0], x.domain[1], Math.max(2, Math.floor((right - left) / 64))), left, right, top: 0, bottom, height: bottom + AXIS, valueX: width, lines, stacked };
}
