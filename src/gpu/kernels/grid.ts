/** Most workgroups of one dimension that every WebGPU device takes. */
const MAX = 65_535;

/** A grid of at least `count` workgroups, in two dimensions where one does not suffice; the kernels linearise it. */
export function linearGrid(count: number): readonly [number, number] {
  if (count <= MAX) return [count, 1];
  const rows = Math.ceil(count / MAX);
  return [Math.ceil(count / rows), rows];
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
