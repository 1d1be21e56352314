import { domainText, markWords, partWords } from './describe.ts';
import { lambdaColour, LIGHT, type MapTheme } from './lambda-colours.ts';
import { columnX, GAP, layoutMap, type MapLayout, ROW_HEIGHT, visibleRows } from './lambda-layout.ts';
import { drawRow } from './map-scene.ts';
import type { FontName } from './pen.ts';
import { SvgPen } from './svg-pen.ts';
import type { LambdaMapProps } from './types.ts';

/** More rows than this are not put into one picture, which would be taller than anybody's screen or paper. */
export const PICTURE_ROWS = 400;

export interface PictureView {
  readonly width: number;
  readonly scrollTop: number;
  readonly theme: MapTheme;
  /** Width of a text in the page's font. */
  readonly measure: ((text: string, font: FontName) => number) | null;
}

const DEFAULT_VIEW: PictureView = { width: 960, scrollTop: 0, theme: LIGHT, measure: null };
const LEGEND_LINE = 22;

/** The map as a picture: all rows up to 400, of more those in view, which it then says. */
export function lambdaMapSvg({ columns, rows, domain, unit, selected, emphasised, sortedBy, height, label }: LambdaMapProps, view: PictureView = DEFAULT_VIEW): string {
  const { width, theme } = view;
  const layout = layoutMap(width, columns.length, String(rows.length).length);
  const part = rows.length <= PICTURE_ROWS ? { first: 0, end: rows.length } : visibleRows(view.scrollTop, height - layout.headerHeight, rows.length);
  const pen = new SvgPen(theme.page, view.measure);
  columns.forEach((column, index) => header(pen, theme, layout, `${column.label}${sortedBy?.key === column.key ? (sortedBy.ascending ? ' ↑' : ' ↓') : ''}`, index));
  const scene = { pen, theme, layout, domain, names: new Map<string, string>() };
  for (let index = part.first; index < part.end; index += 1) {
    const row = rows[index];
    drawRow(scene, row, index, layout.headerHeight + (index - part.first) * ROW_HEIGHT, { hovered: false, active: false, selected: row.id === selected, faint: emphasised !== null && !emphasised.has(row.id) });
  }
  const bottom = layout.headerHeight + (part.end - part.first) * ROW_HEIGHT + 16;
  const end = legend(pen, theme, width, bottom, domain, unit, partWords(part.first, part.end, rows.length));
  return pen.markup(width, end, label);
}

/** A name over its column, in two lines where it has two words and little room. */
function header(pen: SvgPen, theme: MapTheme, layout: MapLayout, text: string, column: number): void {
  const middle = columnX(layout, column) + (layout.columnWidth - GAP) / 2;
  const lines = pen.measure(text, 'note') <= layout.columnWidth - 4 ? [text] : breakName(text);
  lines.forEach((line, index) => pen.text(line, middle, layout.headerHeight - 10 - (lines.length - 1 - index) * 15, 'note', theme.ink, 'middle'));
}

/** "base × reasoning" breaks after the cross, other names at their blanks. */
export function breakName(text: string): string[] {
  const parts = text.split(' ');
  const cross = parts.indexOf('×');
  return cross < 0 ? parts : [parts.slice(0, cross + 1).join(' '), parts.slice(cross + 1).join(' ')];
}

/** Scale and marks in as many lines as they need. @returns where it ends */
function legend(pen: SvgPen, theme: MapTheme, width: number, top: number, domain: number, unit: string, part: string): number {
  const scale = Math.min(200, width * 0.4);
  const steps = 40;
  const low = `λ, ${unit}: −${domainText(domain)}`;
  const from = pen.measure(low, 'note') + 8;
  pen.text(low, 0, top + 12, 'note', theme.muted, 'start');
  for (let step = 0; step < steps; step += 1) pen.rect(from + (step * scale) / steps, top + 3, scale / steps + 0.5, 10, lambdaColour((2 * (step + 0.5)) / steps - 1, theme.name).fill);
  pen.text(domainText(domain), from + scale + 8, top + 12, 'note', theme.muted, 'start');
  const words = markWords(domain);
  let x = 0;
  let y = top + LEGEND_LINE;
  const item = (text: string, swatch: (x: number, y: number) => void) => {
    const wide = 24 + pen.measure(text, 'note') + 20;
    if (x > 0 && x + wide > width) {
      x = 0;
      y += LEGEND_LINE;
    }
    swatch(x, y);
    pen.text(text, x + 24, y + 12, 'note', theme.muted, 'start');
    x += wide;
  };
  const centre = lambdaColour(0, theme.name);
  item(words.certain, (left, y0) => {
    pen.rect(left, y0 + 2, 18, 12, centre.fill);
    pen.dot(left + 9, y0 + 8, 2.25, centre.ink);
  });
  item(words.saturated, (left, y0) => {
    pen.rect(left, y0 + 2, 18, 12, centre.fill);
    pen.hatch(left, y0 + 2, 18, 12, centre.ink, false);
  });
  item(words.undefined, (left, y0) => pen.hatch(left, y0 + 2, 18, 12, theme.edge, true));
  item(words.beyond, (left, y0) => {
    pen.rect(left, y0 + 2, 18, 12, centre.fill);
    pen.triangle(left + 6, y0 + 5, 6, true, centre.ink);
  });
  if (part !== '') {
    x = 0;
    y += LEGEND_LINE;
    pen.text(part, 0, y + 12, 'note', theme.ink, 'start');
  }
  return y + LEGEND_LINE;
}
