import { CanvasPen } from './canvas-pen.ts';
import type { MapTheme } from './lambda-colours.ts';
import { type MapLayout, ROW_HEIGHT, visibleRows } from './lambda-layout.ts';
import { drawRow } from './map-scene.ts';
import type { LambdaRow } from './types.ts';

/** Everything that a frame shows, but for where it is scrolled to. */
export interface MapView {
  readonly rows: readonly LambdaRow[];
  readonly layout: MapLayout;
  readonly theme: MapTheme;
  readonly domain: number;
  /** Pixels below the header. */
  readonly viewport: number;
  /** Index; −1 for none. */
  readonly hovered: number;
  /** Index of the row that the keyboard is on; −1 while it is elsewhere. */
  readonly active: number;
  readonly selected: string | null;
  readonly emphasised: ReadonlySet<string> | null;
}

/**
 * Draws the rows in view onto a canvas that stays put while the page's own scrolling moves an empty spacer under it: once
 * a frame at most, and without React, whose work would be many times that of the drawing.
 */
export class MapPainter {
  readonly #scroller: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #names = new Map<string, string>();
  #view: MapView | null = null;
  #pen: CanvasPen | null = null;
  #penKey = '';
  #frame = 0;

  constructor(scroller: HTMLElement, canvas: HTMLCanvasElement) {
    this.#scroller = scroller;
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false });
    // Where there is no canvas to draw on, nothing has to be drawn again.
    if (!this.#context) return;
    scroller.addEventListener('scroll', this.#schedule, { passive: true });
    // Names that were cut with the fallback's widths are too long or too short in the page's own font.
    canvas.ownerDocument.fonts.addEventListener('loadingdone', this.#forget);
  }

  show(view: MapView): void {
    if (this.#view && (this.#view.layout.nameWidth !== view.layout.nameWidth || this.#view.layout.showText !== view.layout.showText)) this.#names.clear();
    this.#view = view;
    this.#schedule();
  }

  stop(): void {
    if (!this.#context) return;
    this.#scroller.removeEventListener('scroll', this.#schedule);
    this.#canvas.ownerDocument.fonts.removeEventListener('loadingdone', this.#forget);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  readonly #forget = (): void => {
    this.#names.clear();
    this.#pen = null;
    this.#schedule();
  };

  readonly #schedule = (): void => {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  };

  #draw(): void {
    const view = this.#view;
    const context = this.#context;
    if (!view || !context || view.layout.width === 0) return;
    const { layout, rows, theme, viewport } = view;
    const pen = this.#penFor(context, view);
    pen.begin(layout.width, viewport);
    const { scrollTop } = this.#scroller;
    const { first, end } = visibleRows(scrollTop, viewport, rows.length);
    const scene = { pen, theme, layout, domain: view.domain, names: this.#names };
    for (let index = first; index < end; index += 1) {
      const row = rows[index];
      drawRow(scene, row, index, index * ROW_HEIGHT - scrollTop, {
        hovered: index === view.hovered,
        selected: row.id === view.selected,
        active: index === view.active,
        faint: view.emphasised !== null && !view.emphasised.has(row.id),
      });
    }
  }

  /** The canvas has one pixel a device pixel, also after the page was zoomed or moved to another screen. */
  #penFor(context: CanvasRenderingContext2D, { layout, viewport, theme }: MapView): CanvasPen {
    const ratio = this.#canvas.ownerDocument.defaultView?.devicePixelRatio ?? 1;
    const width = Math.round(layout.width * ratio);
    const height = Math.round(viewport * ratio);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const key = `${ratio} ${theme.page}`;
    if (!this.#pen || key !== this.#penKey) {
      this.#pen = new CanvasPen(context, ratio, theme.page);
      this.#penKey = key;
    }
    return this.#pen;
  }
}
