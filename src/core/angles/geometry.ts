/** Degrees in a radian: also the isotropic sd of an angle in d dimensions is DEGREES/√d. */
export const DEGREES = 180 / Math.PI;

/** Cosine from inner products, clamped to [−1, 1]; NaN when a vector is zero (or not finite). */
export function cosine(uv: number, uu: number, vv: number): number {
  // √uu·√vv, not √(uu·vv): the product of two small squared norms underflows.
  const norm = Math.sqrt(uu) * Math.sqrt(vv);
  if (!(norm > 0 && norm < Number.POSITIVE_INFINITY)) return Number.NaN;
  return Math.max(-1, Math.min(1, uv / norm));
}

/** Angle in degrees, [0, 180]. */
export function degreesOf(cos: number): number {
  return Math.acos(cos) * DEGREES;
}

/** A weighted sum of a Gram's vectors. */
export interface Combination {
  readonly vectors: Int32Array;
  readonly weights: Float64Array;
}

/** One vector by itself. */
export function one(vector: number, weight = 1): Combination {
  return { vectors: Int32Array.of(vector), weights: Float64Array.of(weight) };
}

/** ⟨u, v⟩ from a Gram [size, size]. */
export function inner(gram: Float64Array, size: number, u: Combination, v: Combination): number {
  let sum = 0;
  for (let i = 0; i < u.vectors.length; i++) {
    const row = u.vectors[i] * size;
    let part = 0;
    for (let j = 0; j < v.vectors.length; j++) part += gram[row + v.vectors[j]] * v.weights[j];
    sum += part * u.weights[i];
  }
  return sum;
}

/** cos ∠(u, v); NaN when either is zero. */
export function cosineOf(gram: Float64Array, size: number, u: Combination, v: Combination): number {
  return cosine(inner(gram, size, u, v), inner(gram, size, u, u), inner(gram, size, v, v));
}
