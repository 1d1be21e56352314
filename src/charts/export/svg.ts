/** Serialises a chart as it stands on the page: the same node, its computed styles written into it. */

const PROPERTIES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-opacity', 'stroke-linejoin', 'stroke-linecap', 'paint-order', 'opacity',
  'font-family', 'font-size', 'font-weight', 'font-variant-numeric', 'shape-rendering', 'visibility',
] as const;

const NAMESPACE = 'http://www.w3.org/2000/svg';
const MARGIN = 24;
const LINE = 18;

export interface ExportText {
  readonly title: string;
  /** n, seed, set, null: printed under the chart, because figures get separated from pages. */
  readonly caption: string;
}

export interface ExportedSvg {
  readonly markup: string;
  readonly width: number;
  readonly height: number;
}

/** A picture that is markup; its looks stand in its attributes, as nothing on the page styles it. @throws Error where it is none */
export function parseSvg(markup: string): SVGSVGElement {
  const root = document.importNode(new DOMParser().parseFromString(markup, 'image/svg+xml').documentElement, true);
  if (!(root instanceof SVGSVGElement)) throw new Error('The chart made no picture.');
  return root;
}

/**
 * `fontFace`: an `@font-face` rule with the font inside, so that the file looks the same elsewhere.
 * @param frame an element on the page that has its colours
 */
export function exportSvg(chart: SVGSVGElement, text: ExportText, fontFace: string, frame: Element = chart): ExportedSvg {
  const width = chart.viewBox.baseVal.width || chart.clientWidth;
  const height = chart.viewBox.baseVal.height || chart.clientHeight;
  const style = getComputedStyle(frame);
  const page = style.getPropertyValue('--page').trim() || '#ffffff';
  const ink = style.getPropertyValue('--ink').trim() || '#000000';
  const muted = style.getPropertyValue('--ink-2').trim() || ink;
  const characters = Math.max(24, Math.floor(width / 6.6));
  const titleLines = wrap(text.title, Math.floor(characters * 0.8));
  const captionLines = wrap(text.caption, characters);
  const top = MARGIN + titleLines.length * (LINE + 2) + 12;
  const total = { width: width + 2 * MARGIN, height: top + height + 16 + captionLines.length * LINE + MARGIN };

  const root = document.createElementNS(NAMESPACE, 'svg');
  setAll(root, { xmlns: NAMESPACE, width: total.width, height: total.height, viewBox: `0 0 ${total.width} ${total.height}`, 'font-family': "'Inter Variable', Inter, system-ui, sans-serif" });
  const title = document.createElementNS(NAMESPACE, 'title');
  title.textContent = text.title;
  const description = document.createElementNS(NAMESPACE, 'desc');
  description.textContent = text.caption;
  root.append(title, description);
  if (fontFace !== '') {
    const rule = document.createElementNS(NAMESPACE, 'style');
    rule.textContent = fontFace;
    root.append(rule);
  }
  const paper = document.createElementNS(NAMESPACE, 'rect');
  setAll(paper, { width: total.width, height: total.height, fill: page });
  root.append(paper, ...textLines(titleLines, MARGIN, MARGIN + 14, LINE + 2, { fill: ink, 'font-size': 16, 'font-weight': 600 }));
  const body = withStyles(chart);
  setAll(body, { x: MARGIN, y: top, width, height });
  root.append(body, ...textLines(captionLines, MARGIN, top + height + 16 + 12, LINE, { fill: muted, 'font-size': 12 }));
  return { markup: new XMLSerializer().serializeToString(root), width: total.width, height: total.height };
}

function withStyles(chart: SVGSVGElement): SVGElement {
  const copy = chart.cloneNode(true);
  if (!(copy instanceof SVGElement)) throw new TypeError('A chart is an SVG element.');
  const originals = chart.querySelectorAll('*');
  const copies = copy.querySelectorAll('*');
  originals.forEach((original, index) => {
    const target = copies[index];
    const computed = getComputedStyle(original);
    for (const property of PROPERTIES) {
      const value = computed.getPropertyValue(property);
      if (value !== '') target.setAttribute(property, value);
    }
    target.removeAttribute('class');
    target.removeAttribute('tabindex');
  });
  for (const element of copy.querySelectorAll('[data-export=no]')) element.remove();
  for (const name of ['class', 'style', 'tabindex', 'role', 'data-chart']) copy.removeAttribute(name);
  return copy;
}

function textLines(lines: readonly string[], x: number, y: number, step: number, attributes: Readonly<Record<string, string | number>>): SVGElement[] {
  return lines.map((line, index) => {
    const element = document.createElementNS(NAMESPACE, 'text');
    setAll(element, { x, y: y + index * step, ...attributes });
    element.textContent = line;
    return element;
  });
}

function setAll(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** Breaks a text at spaces into lines of at most `characters`. */
export function wrap(text: string, characters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > characters) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}
