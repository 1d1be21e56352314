import { niceCeiling } from '../scale.ts';
import type { SeriesSlot } from '../series.ts';

export interface BeamEnd {
  readonly value: number;
  readonly error: number | null;
  /** Against the base. */
  readonly change: number;
  readonly changeError: number | null;
}

/** A seesaw at one step: each end stands as high as its skill has changed. */
export interface Beam {
  readonly id: string;
  readonly label: string;
  readonly slot: SeriesSlot;
  /** Steps taken at the evaluation that it shows; null before any. */
  readonly step: number | null;
  readonly reasoning: BeamEnd | null;
  readonly tool: BeamEnd | null;
}

/** Heights in pixels above the base line, up positive. */
export interface BeamHeights {
  readonly reasoning: number;
  readonly tool: number;
  /** Of the fulcrum's tip: the mean of the two. */
  readonly middle: number;
  /** Degrees; positive where the reasoning end is the lower one. */
  readonly tilt: number;
}

/** The largest change, with its error, that a common scale must hold: a round share, 5 points at least. */
export function beamReach(ends: readonly (BeamEnd | null)[]): number {
  const largest = Math.max(0, ...ends.map((end) => (end === null ? 0 : Math.abs(end.change) + (end.changeError ?? 0))));
  return niceCeiling(Math.max(0.05, largest), 2);
}

/** @param span pixels between the two ends @param half pixels that `reach` is drawn as */
export function beamHeights(reasoning: number, tool: number, reach: number, span: number, half: number): BeamHeights {
  const left = (reasoning / reach) * half;
  const right = (tool / reach) * half;
  return { reasoning: left, tool: right, middle: (left + right) / 2, tilt: (Math.atan2(right - left, span) * 180) / Math.PI };
}

/** Beams side by side: as many columns as fit, each at least `minimum` wide. */
export function beamGrid(count: number, width: number, minimum: number): { readonly columns: number; readonly rows: number; readonly cell: number } {
  const fit = Math.max(1, Math.floor(width / minimum));
  const rows = Math.max(1, Math.ceil(count / fit));
  const columns = Math.max(1, Math.ceil(count / rows));
  return { columns, rows, cell: width / columns };
}
