import { type FontName, FONTS, type Pen } from './pen.ts';

/** Mean width of a character of the page's sans, in its size. */
const CHARACTER = 0.54;

/** Collects the markup of a picture. */
export class SvgPen implements Pen {
  readonly #parts: string[] = [];
  readonly #patterns = new Map<string, string>();
  readonly #page: string;
  readonly #measure: ((text: string, font: FontName) => number) | null;

  /** @param measure null where there is no canvas to measure on */
  constructor(page: string, measure: ((text: string, font: FontName) => number) | null) {
    this.#page = page;
    this.#measure = measure;
  }

  /** @param label accessible name of the picture */
  markup(width: number, height: number, label: string): string {
    const definitions = [...this.#patterns.values()].join('');
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${number(width)} ${number(height)}" width="${number(width)}" height="${number(height)}" font-family="'Inter Variable', Inter, system-ui, sans-serif"><title>${escape(label)}</title>${definitions === '' ? '' : `<defs>${definitions}</defs>`}${this.#parts.join('')}</svg>`;
  }

  rect(x: number, y: number, width: number, height: number, fill: string): void {
    this.#parts.push(`<rect ${box(x, y, width, height)} fill="${fill}"/>`);
  }

  frame(x: number, y: number, width: number, height: number, stroke: string, thickness: number): void {
    const half = thickness / 2;
    this.#parts.push(`<rect ${box(x + half, y + half, width - thickness, height - thickness)} fill="none" stroke="${stroke}" stroke-width="${thickness}"/>`);
  }

  dot(x: number, y: number, radius: number, fill: string): void {
    this.#parts.push(`<circle cx="${number(x)}" cy="${number(y)}" r="${radius}" fill="${fill}"/>`);
  }

  triangle(x: number, y: number, size: number, up: boolean, fill: string): void {
    const [base, tip] = up ? [y + size, y] : [y, y + size];
    this.#parts.push(`<path d="M${number(x)},${number(base)}H${number(x + size)}L${number(x + size / 2)},${number(tip)}Z" fill="${fill}"/>`);
  }

  hatch(x: number, y: number, width: number, height: number, stroke: string, crossed: boolean): void {
    const id = `hatch-${crossed ? 'crossed-' : ''}${stroke.replaceAll(/[^\da-z]/gi, '')}`;
    if (!this.#patterns.has(id)) {
      const lines = crossed ? 'M0,0H8.5M0,0V8.5' : 'M0,0V8.5';
      this.#patterns.set(id, `<pattern id="${id}" width="4.25" height="4.25" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="${lines}" stroke="${stroke}" stroke-opacity="${crossed ? 0.6 : 0.45}" fill="none"/></pattern>`);
    }
    this.#parts.push(`<rect ${box(x, y, width, height)} fill="url(#${id})"/>`);
  }

  text(text: string, x: number, y: number, font: FontName, fill: string, anchor: 'start' | 'middle' | 'end'): void {
    const { size, weight } = FONTS[font];
    this.#parts.push(`<text x="${number(x)}" y="${number(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escape(text)}</text>`);
  }

  veil(x: number, y: number, width: number, height: number): void {
    this.#parts.push(`<rect ${box(x, y, width, height)} fill="${this.#page}" fill-opacity="0.72"/>`);
  }

  measure(text: string, font: FontName): number {
    return this.#measure ? this.#measure(text, font) : text.length * FONTS[font].size * CHARACTER;
  }
}

function box(x: number, y: number, width: number, height: number): string {
  return `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Control characters, which no XML may hold, are left out. */
function escape(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t\n]/gu, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
