/** f64 references of the kernels' formulas: loops only, sharing nothing with the shaders. */

/** x [m, k] · wᵀ with w [n, k] → [m, n]. */
export function matmulNt(x: ArrayLike<number>, w: ArrayLike<number>, m: number, n: number, k: number): Float64Array {
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < n; j += 1) {
      let sum = 0;
      for (let l = 0; l < k; l += 1) sum += x[i * k + l] * w[j * k + l];
      y[i * n + j] = sum;
    }
  }
  return y;
}

/** [rows, columns] → [columns, rows]. */
export function transposed(x: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const y = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) y[column * rows + row] = x[row * columns + column]!;
  return y;
}

/** y = x·g / sqrt(mean(x²) + ε), row by row; the gain is shared by all rows. */
export function rmsNorm(x: ArrayLike<number>, g: ArrayLike<number>, rows: number, width: number, epsilon: number): Float64Array {
  const y = new Float64Array(rows * width);
  for (let row = 0; row < rows; row += 1) {
    let square = 0;
    for (let i = 0; i < width; i += 1) square += x[row * width + i] ** 2;
    const inverse = 1 / Math.sqrt(square / width + epsilon);
    for (let i = 0; i < width; i += 1) y[row * width + i] = x[row * width + i] * g[i] * inverse;
  }
  return y;
}

export function swiglu(g: ArrayLike<number>, u: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: g.length }, (_, i) => (g[i] / (1 + Math.exp(-g[i]))) * u[i]);
}

/** Rotate-half RoPE of one row [heads·headDim] at a position. */
export function rope(x: ArrayLike<number>, position: number, heads: number, headDim: number, theta: number): Float64Array {
  const half = headDim / 2;
  const y = new Float64Array(heads * headDim);
  for (let head = 0; head < heads; head += 1) {
    for (let j = 0; j < half; j += 1) {
      const angle = position * theta ** ((-2 * j) / headDim);
      const at = head * headDim + j;
      y[at] = x[at] * Math.cos(angle) - x[at + half] * Math.sin(angle);
      y[at + half] = x[at + half] * Math.cos(angle) + x[at] * Math.sin(angle);
    }
  }
  return y;
}

export interface AttentionShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Causal grouped-query attention of one sequence of `length` tokens: o [length, heads·headDim], lse [length, heads]. */
export function attention(q: ArrayLike<number>, k: ArrayLike<number>, v: ArrayLike<number>, length: number, shape: AttentionShape): { o: Float64Array; lse: Float64Array } {
  const { heads, kvHeads, headDim } = shape;
  const o = new Float64Array(length * heads * headDim);
  const lse = new Float64Array(length * heads);
  for (let t = 0; t < length; t += 1) {
    for (let head = 0; head < heads; head += 1) {
      const kv = Math.floor(head / (heads / kvHeads));
      const scores = Array.from({ length: t + 1 }, (_, j) => {
        let dot = 0;
        for (let d = 0; d < headDim; d += 1) dot += q[(t * heads + head) * headDim + d] * k[(j * kvHeads + kv) * headDim + d];
        return dot / Math.sqrt(headDim);
      });
      const top = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
      lse[t * heads + head] = top + Math.log(total);
      scores.forEach((score, j) => {
        const weight = Math.exp(score - top) / total;
        for (let d = 0; d < headDim; d += 1) o[(t * heads + head) * headDim + d] += weight * v[(j * kvHeads + kv) * headDim + d];
      });
    }
  }
  return { o, lse };
}

/** log softmax(logits)[target] of one row. */
export function logSoftmaxAt(logits: ArrayLike<number>, target: number): number {
  let top = -Infinity;
  for (let i = 0; i < logits.length; i += 1) top = Math.max(top, logits[i]);
  let sum = 0;
  for (let i = 0; i < logits.length; i += 1) sum += Math.exp(logits[i] - top);
  return logits[target] - top - Math.log(sum);
}

/** Σ a·b. */
export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}
