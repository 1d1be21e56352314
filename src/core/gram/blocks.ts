import { GramError } from './error.ts';
import type { GramBlock, GramModule, Target } from './types.ts';

/** Which modules enter: one layer or all, one target or all. */
export interface ModuleSelection {
  readonly layer: number | 'all';
  readonly target: Target | 'all';
}

/** Indices of the selected modules; empty where the model has none such. */
export function selectModules(modules: readonly GramModule[], selection: ModuleSelection): number[] {
  return modules.flatMap((module, index) =>
    (selection.layer === 'all' || module.layer === selection.layer) && (selection.target === 'all' || module.target === selection.target) ? [index] : [],
  );
}

/** Spans in a block of that many values and modules. @throws GramError when the sizes do not fit together. */
export function checkBlock(block: GramBlock, modules: number): number {
  const n = block.spans.length;
  if (block.values.length !== modules * n * n) {
    throw new GramError(`The block of group "${block.group}" has ${block.values.length} values where ${modules} modules × ${n} × ${n} spans are ${modules * n * n}.`);
  }
  return n;
}

/**
 * K of one block summed over modules: ⟨G_i, G_j⟩ over the union of their parameters, [n, n] row-major.
 * @throws GramError when the block's size does not fit the number of modules
 */
export function sumModules(block: GramBlock, modules: number, selected: readonly number[]): Float64Array {
  const n = checkBlock(block, modules);
  const size = n * n;
  const sum = new Float64Array(size);
  for (const module of selected) {
    const offset = module * size;
    for (let i = 0; i < size; i++) sum[i] += block.values[offset + i];
  }
  return sum;
}

/**
 * Gram of sums of spans: Q[a, b] = Σ_{i∈a} Σ_{j∈b} K[i, j], [vectors, vectors].
 * @param vectorOf vector of each span, −1 for a span that belongs to none
 * @param offset where K [n, n] begins in `k` (a module of a block)
 */
export function aggregate(k: Float64Array, vectorOf: Int32Array, vectors: number, offset = 0): Float64Array {
  const n = vectorOf.length;
  const gram = new Float64Array(vectors * vectors);
  // K is symmetric: the strict lower triangle is read once and counted for both orders.
  for (let i = 0; i < n; i++) {
    const a = vectorOf[i];
    if (a < 0) continue;
    const row = offset + i * n;
    const base = a * vectors;
    for (let j = 0; j < i; j++) {
      const b = vectorOf[j];
      if (b < 0) continue;
      const value = k[row + j];
      gram[base + b] += value;
      gram[b * vectors + a] += value;
    }
    gram[base + a] += k[row + i];
  }
  return gram;
}

/**
 * Effective dimension d_eff = (Σλ)²/Σλ² of symmetric matrices' spectra, from (tr K)²/‖K‖_F² without an eigen-solver.
 * For several blocks (K is known within groups only) the ratio of sums. At most the number of rows of the largest
 * block; 0 for no or zero matrices.
 */
export function effectiveDimension(matrices: readonly Float64Array[]): number {
  let traces = 0;
  let squares = 0;
  for (const k of matrices) {
    const n = Math.round(Math.sqrt(k.length));
    let trace = 0;
    for (let i = 0; i < n; i++) trace += k[i * n + i];
    traces += trace * trace;
    for (const value of k) squares += value * value;
  }
  return squares > 0 ? traces / squares : 0;
}

/** The block of its first `count` spans: how it stood before the later ones were added. */
export function leadingBlock(block: GramBlock, modules: number, count: number): GramBlock {
  const n = checkBlock(block, modules);
  if (!(Number.isInteger(count) && count >= 0 && count <= n)) throw new RangeError(`No leading ${count} of ${n} spans.`);
  const values = new Float64Array(modules * count * count);
  for (let module = 0; module < modules; module++) {
    for (let row = 0; row < count; row++) {
      const from = module * n * n + row * n;
      values.set(block.values.subarray(from, from + count), module * count * count + row * count);
    }
  }
  return { group: block.group, spans: block.spans.slice(0, count), values };
}
