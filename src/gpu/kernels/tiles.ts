import type { Capabilities } from '../device.ts';
import type { RowLayout } from './grid.ts';
import type { Tile, Tiles } from './matmul.ts';

/** Every size that depends on the kind of device. */
export interface Layouts {
  readonly matmul: Tiles;
  readonly outer: Tile;
  readonly gram: Tile;
  readonly rows: RowLayout;
}

/**
 * Sizes per kind of adapter, from `npm run bench -- tiles`.
 * Software (SwiftShader, 2 cores): wide register tiles without workgroup memory; four lanes are one SIMD register, so a
 * workgroup of 4 wastes no lane on narrow outputs, and sharing row loads by subgroup broadcast gains 1.3 to 1.5 times.
 * 16 × 8 tiles compile twice as long as 8 × 8 (up to 2 s each) and make a training step of the bundled model 1.1 to 1.5
 * times as fast; the Gram's operands are short, so it keeps 8 rows.
 * GPUs: a cautious start (4 × 8 tiles in 8 × 8 workgroups stay under the register limit of small GPUs); tune.ts times
 * candidates on the device itself.
 */
export function layoutsFor({ software, subgroups }: Pick<Capabilities, 'software' | 'subgroups'>): Layouts {
  if (software) {
    const wide: Tile = { rows: 16, columns: 8, wgX: 4, wgY: 1, subgroups };
    const slim: Tile = { ...wide, columns: 4 };
    return { matmul: { wide, narrow: wide, slim, quantisedBackward: wide }, outer: wide, gram: { ...wide, rows: 8 }, rows: { lanes: 1, rows: 16 } };
  }
  const wide: Tile = { rows: 4, columns: 8, wgX: 8, wgY: 8, subgroups: false };
  const narrow: Tile = { rows: 4, columns: 8, wgX: 4, wgY: 16, subgroups: false };
  const slim: Tile = { rows: 4, columns: 4, wgX: 4, wgY: 16, subgroups: false };
  return { matmul: { wide, narrow, slim, quantisedBackward: wide }, outer: { rows: 4, columns: 8, wgX: 8, wgY: 8, subgroups: false }, gram: wide, rows: { lanes: 64, rows: 1 } };
}
