/** cos and sin of position · θ^(−2j/headDim), computed in f64. */
export function ropeTable(headDim: number, theta: number, positions: number): Float32Array<ArrayBuffer> {
  const half = headDim / 2;
  const table = new Float32Array(positions * headDim);
  for (let position = 0; position < positions; position += 1) {
    for (let j = 0; j < half; j += 1) {
      const angle = position * theta ** (-j / half);
      table[position * headDim + j] = Math.cos(angle);
      table[position * headDim + half + j] = Math.sin(angle);
    }
  }
  return table;
}
