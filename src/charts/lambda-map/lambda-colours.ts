import { interpolatePuOr } from 'd3-scale-chromatic';
import { inkOn } from '../heat-map/heat-map-layout.ts';

export type ThemeName = 'light' | 'dark';

/** What the map is drawn with besides the colours of its cells. */
export interface MapTheme {
  readonly name: ThemeName;
  readonly page: string;
  readonly ink: string;
  readonly muted: string;
  readonly hairline: string;
  readonly edge: string;
  readonly focus: string;
  readonly hover: string;
  readonly selected: string;
}

/** As in ui/tokens.css, for pictures made where no page is. */
export const LIGHT: MapTheme = { name: 'light', page: '#fafaf8', ink: '#17191c', muted: '#5f646b', hairline: '#dedfdb', edge: '#8b8f94', focus: '#1f5fd0', hover: '#f1f1ee', selected: '#ebebe7' };

export function readTheme(element: Element): MapTheme {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  return {
    name: element.ownerDocument.documentElement.dataset.theme === 'dark' ? 'dark' : 'light',
    page: token('--page', LIGHT.page),
    ink: token('--ink', LIGHT.ink),
    muted: token('--ink-3', LIGHT.muted),
    hairline: token('--hairline', LIGHT.hairline),
    edge: token('--edge', LIGHT.edge),
    focus: token('--focus', LIGHT.focus),
    hover: token('--sunken', LIGHT.hover),
    selected: token('--hover', LIGHT.selected),
  };
}

export interface CellColour {
  readonly fill: string;
  /** Black or white, whichever reads better on the fill. */
  readonly ink: string;
}

/** Colours on each side of the centre: as many as can be told apart, few enough to be worked out once. */
const STEPS = 40;

/**
 * PuOr without its pale middle, which on a light page would vanish and on a dark one would outshine its ends: a grey
 * takes its place, and the colours go away from the page's own lightness, so that far from 0 always stands out most.
 */
const CENTRE: Readonly<Record<ThemeName, Rgb>> = { light: [216, 216, 212], dark: [58, 63, 68] };
/** Where on PuOr (0 to 0.5, purple for values below 0; mirrored for orange) the scale leaves the grey and where it ends. */
const REACH: Readonly<Record<ThemeName, readonly [number, number]>> = { light: [0.3, 0.03], dark: [0.14, 0.36] };
/** Share of the scale on which the grey turns into the hue. */
const GREY = 0.3;

type Rgb = readonly [number, number, number];

const palettes = new Map<ThemeName, readonly CellColour[]>();

/** The colour of a value in [−1, 1]; beyond, that of the end. */
export function lambdaColour(position: number, theme: ThemeName): CellColour {
  let palette = palettes.get(theme);
  if (!palette) {
    palette = Array.from({ length: 2 * STEPS + 1 }, (_, index) => colourAt(index / STEPS - 1, theme));
    palettes.set(theme, palette);
  }
  return palette[Math.round((Math.min(1, Math.max(-1, position)) + 1) * STEPS)];
}

function colourAt(position: number, theme: ThemeName): CellColour {
  const size = Math.abs(position);
  const [near, far] = REACH[theme];
  const along = near + (far - near) * Math.max(0, (size - GREY) / (1 - GREY));
  const hue = channels(interpolatePuOr(position < 0 ? along : 1 - along));
  const weight = Math.min(1, size / GREY);
  const mixed = hue.map((channel, index) => Math.round(CENTRE[theme][index] + (channel - CENTRE[theme][index]) * weight));
  const fill = `rgb(${mixed.join(', ')})`;
  return { fill, ink: inkOn(fill) };
}

function channels(colour: string): number[] {
  return (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}
