import type { Random } from '../random.ts';
import type { PlanRow } from './designs.ts';
import { inner } from './geometry.ts';
import type { Combination } from './geometry.ts';
import { PARTS, T0 } from './population.ts';
import type { Group } from './population.ts';

/**
 * Draws R–T cosines between members of one group under shuffled labels. The sum s_i = g_i^r + g_i^a of a member does not
 * change, so with ⟨s_i, s_j⟩ and ⟨s_i, G_b⟩ taken once only the few tool spans are summed in a draw:
 * ⟨r_i, t_j⟩ = ⟨s_i, t_j⟩ − ⟨t_i, t_j⟩ and ⟨r_i, r_j⟩ = ⟨s_i, s_j⟩ − ⟨s_i, t_j⟩ − ⟨t_i, s_j⟩ + ⟨t_i, t_j⟩.
 */
export interface Relabeller {
  readonly rows: number;
  /** Appends the draw's defined cosines from index `at` and returns the index after the last. */
  draw(random: Random, cosines: Float64Array, at: number): number;
}

export function relabeller(group: Group, rows: readonly PlanRow[]): Relabeller {
  const { members, k } = group;
  const m = members.length;
  const n = group.block.spans.length;
  const sumDot = new Float64Array(m * n);
  members.forEach(({ positions }, i) => {
    for (const a of positions) for (let b = 0; b < n; b++) sumDot[i * n + b] += k[a * n + b];
  });
  const ss = new Float64Array(m * m);
  for (let i = 0; i < m; i++) members.forEach(({ positions }, j) => positions.forEach((b) => (ss[i * m + j] += sumDot[i * n + b])));
  const labels = members.map(({ positions, tool }) => ({ pool: Int32Array.from(positions), tools: tool.reduce((sum, label) => sum + label, 0) }));
  const { sides, pairs } = distinctSides(rows);
  const norms = new Float64Array(sides.length);
  // Role Gram [2m, 2m]: reasoning of member i at 2i, tool at 2i + 1.
  const size = 2 * m;
  const gram = new Float64Array(size * size);
  const st = new Float64Array(m * m);

  const fillGram = (): void => {
    for (let j = 0; j < m; j++) {
      const { pool, tools } = labels[j];
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let b = 0; b < tools; b++) sum += sumDot[i * n + pool[b]];
        st[i * m + j] = sum;
      }
    }
    for (let j = 0; j < m; j++) {
      const own = labels[j];
      for (let i = 0; i <= j; i++) {
        const other = labels[i];
        let tt = 0;
        for (let a = 0; a < other.tools; a++) {
          const row = other.pool[a] * n;
          for (let b = 0; b < own.tools; b++) tt += k[row + own.pool[b]];
        }
        const rt = st[i * m + j] - tt;
        const tr = st[j * m + i] - tt;
        const rr = ss[i * m + j] - st[i * m + j] - tr;
        const [ri, rj] = [2 * i, 2 * j];
        gram[ri * size + rj] = rr;
        gram[rj * size + ri] = rr;
        gram[ri * size + rj + 1] = rt;
        gram[(rj + 1) * size + ri] = rt;
        gram[(ri + 1) * size + rj] = tr;
        gram[rj * size + ri + 1] = tr;
        gram[(ri + 1) * size + rj + 1] = tt;
        gram[(rj + 1) * size + ri + 1] = tt;
      }
    }
  };

  return {
    rows: rows.length,
    draw(random, cosines, at) {
      // The first `tools` entries of each pool are its tool spans of this draw.
      for (const { pool, tools } of labels) {
        for (let i = 0; i < tools; i++) {
          const j = i + random.integer(pool.length - i);
          const held = pool[i];
          pool[i] = pool[j];
          pool[j] = held;
        }
      }
      fillGram();
      for (let side = 0; side < sides.length; side++) norms[side] = Math.sqrt(inner(gram, size, sides[side], sides[side]));
      let end = at;
      for (let row = 0; row < pairs.length; row += 2) {
        const u = pairs[row];
        const v = pairs[row + 1];
        const norm = norms[u] * norms[v];
        if (!(norm > 0)) continue;
        const cos = inner(gram, size, sides[u], sides[v]) / norm;
        cosines[end++] = cos > 1 ? 1 : cos < -1 ? -1 : cos;
      }
      return end;
    },
  };
}

/** Rows repeat their sides: each distinct one has its norm taken once a draw. `pairs` holds two side indices a row. */
function distinctSides(rows: readonly PlanRow[]): { sides: Combination[]; pairs: Int32Array } {
  const sides: Combination[] = [];
  const known = new Map<Combination, number>();
  const indexOf = (combination: Combination): number => {
    const found = known.get(combination);
    if (found !== undefined) return found;
    known.set(combination, sides.length);
    sides.push(wholeRoles(combination));
    return sides.length - 1;
  };
  return { pairs: Int32Array.from(rows.flatMap(({ u, v }) => [indexOf(u), indexOf(v)])), sides };
}

/** From halves (PARTS vectors a member) to whole roles (two): both halves carry one weight, so every second one tells. */
function wholeRoles({ vectors, weights }: Combination): Combination {
  const first = Array.from(vectors.keys()).filter((index) => index % 2 === 0);
  return {
    vectors: Int32Array.from(first, (index) => 2 * Math.floor(vectors[index] / PARTS) + (vectors[index] % PARTS >= T0 ? 1 : 0)),
    weights: Float64Array.from(first, (index) => weights[index]),
  };
}
