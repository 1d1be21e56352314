/** Most workgroups of one dimension that every WebGPU device takes. */
const MAX = 65_535;

/** A grid of at least `count` workgroups, in two dimensions where one does not suffice; the kernels linearise it. */
export function linearGrid(count: number): readonly [number, number] {
  if (count <= MAX) return [count, 1];
  const rows = Math.ceil(count / MAX);
  return [Math.ceil(count / rows), rows];
}

/** A part of a three-dimensional grid: its first workgroup and its size. */
export interface GridBox {
  readonly from: readonly [number, number, number];
  readonly size: readonly [number, number, number];
}

/**
 * Cuts a grid of workgroups of `work` floating-point operations each into boxes of at most `limit` (of one workgroup
 * where that exceeds it), along z first, then y, then x; no side exceeds what every device takes.
 */
export function gridBoxes([x, y, z]: readonly [number, number, number], work: number, limit: number): GridBox[] {
  const most = Math.max(1, Math.floor(limit / Math.max(work, 1e-9)));
  const width = Math.min(x, most, MAX);
  const height = Math.min(y, Math.max(1, Math.floor(most / x)), MAX);
  const depth = Math.min(z, Math.max(1, Math.floor(most / (x * y))), MAX);
  const boxes: GridBox[] = [];
  for (let k = 0; k < z; k += depth) {
    for (let j = 0; j < y; j += height) {
      for (let i = 0; i < x; i += width) boxes.push({ from: [i, j, k], size: [Math.min(width, x - i), Math.min(height, y - j), Math.min(depth, z - k)] });
    }
  }
  return boxes;
}

/** Workgroups of 64 invocations for `count` invocations. */
export function threads(count: number): readonly [number, number] {
  return linearGrid(Math.ceil(count / 64));
}

/** How many invocations share a row in row reductions; 1 on software adapters, where a barrier costs most. */
export interface RowLayout {
  readonly lanes: number;
  readonly rows: number;
}

export function rowConstants({ lanes, rows }: RowLayout): Record<string, number> {
  return { LANES: lanes, ROWS: rows, SHARED: lanes > 1 ? 1 : 0 };
}
