import type { Tile, Tiles } from '../kernels/matmul.ts';

/** A tile that compiles in a fraction of the time of the shipped ones; every edge of the output cuts through it. */
export const SMALL: Tile = { rows: 2, columns: 8, wgX: 4, wgY: 1, subgroups: false };

/** Workgroups with rows in y, as GPU layouts have them. */
export const TALL: Tile = { rows: 2, columns: 8, wgX: 4, wgY: 2, subgroups: false };

/** The same tile whatever the output's width. */
export function oneTile(tile: Tile): Tiles {
  return { wide: tile, narrow: tile, slim: tile, quantisedBackward: tile };
}
