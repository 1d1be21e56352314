import type { Random } from '../random.ts';
import type { PlanRow } from './designs.ts';
import { DEGREES } from './geometry.ts';
import { PARTS, T0 } from './population.ts';
import type { Group } from './population.ts';

/**
 * Draws R–T angles between members of one group under shuffled labels. The sum s_i = g_i^r + g_i^a of a member does not
 * change, so with ⟨s_i, s_j⟩ and ⟨s_i, G_b⟩ taken once only the few tool spans are summed in a draw:
 * ⟨r_i, t_j⟩ = ⟨s_i, t_j⟩ − ⟨t_i, t_j⟩ and ⟨r_i, r_j⟩ = ⟨s_i, s_j⟩ − ⟨s_i, t_j⟩ − ⟨t_i, s_j⟩ + ⟨t_i, t_j⟩.
 */
export interface Relabeller {
  readonly rows: number;
  /** Appends the draw's angles in degrees from index `at` and returns the index after the last. */
  draw(random: Random, angles: Float64Array, at: number): number;
}

/** One side of a row: members with weights, of which the reasoning or the tool gradient is meant. */
interface Side {
  readonly tool: boolean;
  readonly members: Int32Array;
  readonly weights: Float64Array;
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
  // Rows repeat their sides: each distinct one has its squared norm taken once a draw.
  const sides: Side[] = [];
  const known = new Map<PlanRow['u'], number>();
  const sideOf = (combination: PlanRow['u']): number => {
    const found = known.get(combination);
    if (found !== undefined) return found;
    known.set(combination, sides.length);
    sides.push(toSide(combination));
    return sides.length - 1;
  };
  const pairs = rows.map(({ u, v }) => [sideOf(u), sideOf(v)] as const);
  const norms = new Float64Array(sides.length);
  const rr = new Float64Array(m * m);
  const rt = new Float64Array(m * m);
  const tt = new Float64Array(m * m);
  const st = new Float64Array(m * m);

  const dot = (u: Side, v: Side): number => {
    let sum = 0;
    for (let i = 0; i < u.members.length; i++) {
      for (let j = 0; j < v.members.length; j++) {
        const a = u.members[i];
        const b = v.members[j];
        const value = u.tool ? (v.tool ? tt[a * m + b] : rt[b * m + a]) : v.tool ? rt[a * m + b] : rr[a * m + b];
        sum += value * u.weights[i] * v.weights[j];
      }
    }
    return sum;
  };

  return {
    rows: rows.length,
    draw(random, angles, at) {
      // The first `tools` entries of each pool are its tool spans of this draw.
      for (const { pool, tools } of labels) {
        for (let i = 0; i < tools; i++) {
          const j = i + random.integer(pool.length - i);
          const held = pool[i];
          pool[i] = pool[j];
          pool[j] = held;
        }
      }
      for (let j = 0; j < m; j++) {
        const { pool, tools } = labels[j];
        for (let i = 0; i < m; i++) {
          let sum = 0;
          for (let b = 0; b < tools; b++) sum += sumDot[i * n + pool[b]];
          st[i * m + j] = sum;
          if (i > j) continue;
          const other = labels[i];
          let both = 0;
          for (let a = 0; a < other.tools; a++) for (let b = 0; b < tools; b++) both += k[other.pool[a] * n + pool[b]];
          tt[i * m + j] = both;
          tt[j * m + i] = both;
        }
      }
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < m; j++) {
          const index = i * m + j;
          rt[index] = st[index] - tt[index];
          rr[index] = ss[index] - st[index] - st[j * m + i] + tt[index];
        }
      }
      sides.forEach((side, index) => {
        norms[index] = Math.sqrt(dot(side, side));
      });
      let end = at;
      for (const [u, v] of pairs) {
        const norm = norms[u] * norms[v];
        if (!(norm > 0)) continue;
        const cos = dot(sides[u], sides[v]) / norm;
        angles[end++] = Math.acos(cos > 1 ? 1 : cos < -1 ? -1 : cos) * DEGREES;
      }
      return end;
    },
  };
}

/** Both halves of a member's role carry one weight, so every second vector tells the member. */
function toSide({ vectors, weights }: PlanRow['u']): Side {
  const first = Array.from(vectors.keys()).filter((index) => index % 2 === 0);
  return {
    tool: vectors[0] % PARTS >= T0,
    members: Int32Array.from(first, (index) => Math.floor(vectors[index] / PARTS)),
    weights: Float64Array.from(first, (index) => weights[index]),
  };
}
