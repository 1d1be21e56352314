import { formatCount, formatFixed } from '../../ui/format.ts';
import { lambdaColour, type MapTheme } from './lambda-colours.ts';
import { beyond, columnX, ellipsise, excludesZero, GAP, type MapLayout, ROW_HEIGHT } from './lambda-layout.ts';
import type { Pen } from './pen.ts';
import type { LambdaCell, LambdaRow } from './types.ts';

/** How a row stands out. */
export interface RowState {
  readonly hovered: boolean;
  readonly selected: boolean;
  /** The keyboard is here. */
  readonly active: boolean;
  readonly faint: boolean;
}

export interface Scene {
  readonly pen: Pen;
  readonly theme: MapTheme;
  readonly layout: MapLayout;
  readonly domain: number;
  /** Names already cut to the width, by question and note: measuring them anew in every frame would cost most of it. */
  readonly names: Map<string, string>;
}

const BASELINE = ROW_HEIGHT / 2 + 4.5;
/** A value covers the hatch under it by so much. */
const CLEARING = 34;
const NARROW = 64;

export function drawRow(scene: Scene, row: LambdaRow, index: number, y: number, state: RowState): void {
  const { pen, theme, layout } = scene;
  if (state.selected || state.hovered) pen.rect(0, y, layout.width, ROW_HEIGHT, state.selected ? theme.selected : theme.hover);
  drawName(scene, row, index, y, state.selected);
  for (let column = 0; column < layout.columns; column += 1) drawCell(scene, row.cells[column] ?? null, columnX(layout, column), y);
  if (state.faint && !state.hovered && !state.selected) pen.veil(0, y, layout.width, ROW_HEIGHT);
  if (state.selected) pen.frame(1, y, layout.width - 2, ROW_HEIGHT, theme.ink, 2);
  if (!state.active) return;
  const inset = state.selected ? 2 : 0;
  pen.frame(1 + inset, y + inset, layout.width - 2 - 2 * inset, ROW_HEIGHT - 2 * inset, theme.focus, 2);
}

function drawName({ pen, theme, layout, names }: Scene, row: LambdaRow, index: number, y: number, strong: boolean): void {
  if (!layout.showText) {
    pen.text(formatCount(index + 1), layout.nameWidth - 8, y + BASELINE, 'note', strong ? theme.ink : theme.muted, 'end');
    return;
  }
  const left = 10;
  const right = layout.nameWidth - 14;
  // Notes stand where the question keeps most of the room.
  const showNote = row.note !== '' && layout.nameWidth >= 260;
  const key = `${row.text}\n${row.note}`;
  let name = names.get(key);
  if (name === undefined) {
    const room = right - left - (showNote ? pen.measure(row.note, 'note') + 14 : 0);
    name = ellipsise(row.text, room, (text) => pen.measure(text, 'name'));
    names.set(key, name);
  }
  pen.text(name, left, y + BASELINE, 'name', theme.ink, 'start');
  if (showNote) pen.text(row.note, right, y + BASELINE, 'note', theme.muted, 'end');
}

function drawCell(scene: Scene, cell: LambdaCell | null, x: number, y: number): void {
  const { pen, theme, layout, domain } = scene;
  const width = layout.columnWidth - GAP;
  const height = ROW_HEIGHT - GAP;
  const top = y + GAP / 2;
  if (!cell) {
    pen.hatch(x, top, width, height, theme.edge, true);
    return;
  }
  const { fill, ink } = lambdaColour(cell.value / domain, theme.name);
  pen.rect(x, top, width, height, fill);
  const middle = x + width / 2;
  // In a narrow cell the number leaves the left to the dot and the right to the triangle.
  const numberEnd = width < NARROW ? x + width - 12 : middle + 11;
  if (cell.saturated) {
    pen.hatch(x, top, width, height, ink, false);
    if (layout.showValues) pen.rect(numberEnd + 5 - CLEARING, top, CLEARING, height, fill);
  }
  const certain = excludesZero(cell);
  const outside = beyond(cell.value, domain);
  if (layout.showValues) pen.text(formatFixed(cell.value, 1), numberEnd, y + BASELINE, certain ? 'strong' : 'value', ink, 'end');
  if (certain) pen.dot(x + (width < NARROW ? 5 : 7), y + ROW_HEIGHT / 2, 2.25, ink);
  if (outside !== 0) pen.triangle(x + width - 8, y + ROW_HEIGHT / 2 - 3, 6, outside > 0, ink);
}
