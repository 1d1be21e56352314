/** What the map is drawn with: the same strokes go onto the page's canvas and into an exported picture. */

export type FontName = 'name' | 'note' | 'value' | 'strong';

export interface FontLook {
  readonly size: number;
  readonly weight: number;
}

export const FONTS: Readonly<Record<FontName, FontLook>> = {
  name: { size: 13, weight: 400 },
  note: { size: 12, weight: 400 },
  value: { size: 12, weight: 400 },
  strong: { size: 12, weight: 700 },
};

export const FAMILY = "'Inter Variable', system-ui, sans-serif";

export interface Pen {
  rect(x: number, y: number, width: number, height: number, fill: string): void;
  frame(x: number, y: number, width: number, height: number, stroke: string, thickness: number): void;
  dot(x: number, y: number, radius: number, fill: string): void;
  triangle(x: number, y: number, size: number, up: boolean, fill: string): void;
  /** Parallel lines, or lines both ways. */
  hatch(x: number, y: number, width: number, height: number, stroke: string, crossed: boolean): void;
  text(text: string, x: number, y: number, font: FontName, fill: string, anchor: 'start' | 'middle' | 'end'): void;
  /** A veil of the page's colour that makes faint what is under it. */
  veil(x: number, y: number, width: number, height: number): void;
  measure(text: string, font: FontName): number;
}
