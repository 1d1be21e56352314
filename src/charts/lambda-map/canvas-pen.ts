import { FAMILY, type FontName, FONTS, type Pen } from './pen.ts';

const FONT_TEXT: Readonly<Record<FontName, string>> = { name: face('name'), note: face('note'), value: face('value'), strong: face('strong') };

function face(font: FontName): string {
  return `${FONTS[font].weight} ${FONTS[font].size}px ${FAMILY}`;
}

/** Line distance of hatches, pixels. */
const HATCH = 6;

/**
 * Draws on a 2D canvas. Font, fill and alignment are set only where they change: setting a font means parsing it, and in
 * a frame a few hundred texts share four fonts.
 */
export class CanvasPen implements Pen {
  readonly #context: CanvasRenderingContext2D;
  readonly #page: string;
  readonly #patterns = new Map<string, CanvasPattern | null>();
  readonly #ratio: number;
  readonly #widths: Readonly<Record<FontName, Map<string, number>>> = { name: new Map(), note: new Map(), value: new Map(), strong: new Map() };
  #font: FontName | null = null;
  #fill = '';
  #anchor = '';

  /** @param ratio device pixels a pixel */
  constructor(context: CanvasRenderingContext2D, ratio: number, page: string) {
    this.#context = context;
    this.#ratio = ratio;
    this.#page = page;
  }

  /** To be called before every frame: resizing a canvas forgets its state. */
  begin(width: number, height: number): void {
    const context = this.#context;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.globalAlpha = 1;
    context.textBaseline = 'alphabetic';
    this.#font = null;
    this.#fill = '';
    this.#anchor = '';
    this.rect(0, 0, width, height, this.#page);
  }

  /** Positions that fall between device pixels would be drawn over two. */
  #snap(value: number): number {
    return Math.round(value * this.#ratio) / this.#ratio;
  }

  #use(fill: string): void {
    if (fill === this.#fill) return;
    this.#context.fillStyle = fill;
    this.#fill = fill;
  }

  rect(x: number, y: number, width: number, height: number, fill: string): void {
    this.#use(fill);
    const left = this.#snap(x);
    const top = this.#snap(y);
    this.#context.fillRect(left, top, this.#snap(x + width) - left, this.#snap(y + height) - top);
  }

  frame(x: number, y: number, width: number, height: number, stroke: string, thickness: number): void {
    this.rect(x, y, width, thickness, stroke);
    this.rect(x, y + height - thickness, width, thickness, stroke);
    this.rect(x, y, thickness, height, stroke);
    this.rect(x + width - thickness, y, thickness, height, stroke);
  }

  dot(x: number, y: number, radius: number, fill: string): void {
    this.#use(fill);
    this.#context.beginPath();
    this.#context.arc(x, y, radius, 0, 2 * Math.PI);
    this.#context.fill();
  }

  triangle(x: number, y: number, size: number, up: boolean, fill: string): void {
    this.#use(fill);
    const context = this.#context;
    context.beginPath();
    context.moveTo(x, up ? y + size : y);
    context.lineTo(x + size, up ? y + size : y);
    context.lineTo(x + size / 2, up ? y : y + size);
    context.fill();
  }

  hatch(x: number, y: number, width: number, height: number, stroke: string, crossed: boolean): void {
    const key = `${stroke}${crossed ? ' crossed' : ''}`;
    let pattern = this.#patterns.get(key);
    if (pattern === undefined) {
      pattern = this.#pattern(stroke, crossed);
      this.#patterns.set(key, pattern);
    }
    if (!pattern) return;
    const context = this.#context;
    const left = this.#snap(x);
    const top = this.#snap(y);
    // The pattern moves with its row, else hatches would shimmer while scrolling.
    context.save();
    context.translate(left, top);
    context.scale(1 / this.#ratio, 1 / this.#ratio);
    context.globalAlpha = crossed ? 0.6 : 0.45;
    context.fillStyle = pattern;
    context.fillRect(0, 0, (this.#snap(x + width) - left) * this.#ratio, (this.#snap(y + height) - top) * this.#ratio);
    context.restore();
  }

  #pattern(stroke: string, crossed: boolean): CanvasPattern | null {
    const size = Math.max(4, Math.round(HATCH * this.#ratio));
    const tile = this.#context.canvas.ownerDocument.createElement('canvas');
    tile.width = size;
    tile.height = size;
    const context = tile.getContext('2d');
    if (!context) return null;
    context.strokeStyle = stroke;
    context.lineWidth = this.#ratio;
    context.beginPath();
    // Three lines, so that the tile's corners are whole.
    for (const shift of [-size, 0, size]) {
      context.moveTo(shift - 1, size + 1);
      context.lineTo(shift + size + 1, -1);
      if (!crossed) continue;
      context.moveTo(shift - 1, -1);
      context.lineTo(shift + size + 1, size + 1);
    }
    context.stroke();
    return this.#context.createPattern(tile, 'repeat');
  }

  text(text: string, x: number, y: number, font: FontName, fill: string, anchor: 'start' | 'middle' | 'end'): void {
    const context = this.#context;
    this.#setFont(font);
    this.#use(fill);
    if (anchor !== this.#anchor) {
      context.textAlign = anchor === 'middle' ? 'center' : anchor;
      this.#anchor = anchor;
    }
    context.fillText(text, x, this.#snap(y));
  }

  veil(x: number, y: number, width: number, height: number): void {
    this.#context.globalAlpha = 0.72;
    this.rect(x, y, width, height, this.#page);
    this.#context.globalAlpha = 1;
  }

  /** Character by character, each measured once: fast rows come by dozens a frame, and kerning hardly counts. */
  measure(text: string, font: FontName): number {
    const widths = this.#widths[font];
    let sum = 0;
    for (const character of text) {
      let width = widths.get(character);
      if (width === undefined) {
        this.#setFont(font);
        width = this.#context.measureText(character).width;
        widths.set(character, width);
      }
      sum += width;
    }
    return sum;
  }

  #setFont(font: FontName): void {
    if (font === this.#font) return;
    this.#context.font = FONT_TEXT[font];
    this.#font = font;
  }
}
