import { Random } from '../random.ts';
import { cosineOf, one } from './geometry.ts';
import type { Combination } from './geometry.ts';
import { PARTS, R0, R1, T0, T1 } from './population.ts';
import type { Group, Member } from './population.ts';
import type { AngleSettings, Design, Pair } from './types.ts';

/** One angle to take: two combinations of a group's vectors. */
export interface PlanRow {
  readonly pair: Pair;
  readonly u: Combination;
  readonly v: Combination;
  /** Indices into the Gram's trajectories. */
  readonly a: number;
  readonly b: number;
}

export interface GroupPlan {
  readonly group: Group;
  readonly rows: readonly PlanRow[];
}

export interface Plan {
  readonly groups: readonly GroupPlan[];
  /** Pairs of identical rollouts (single, across) or identical rollouts (averaged designs) left out. */
  readonly identical: number;
}

/** Random splits of a group for `halves`, and pairs of draws for `overlap`. */
export const SPLITS_PER_GROUP = 8;
export const DRAWS_PER_GROUP = 16;
/** The public code keeps at most 10 rollouts of a question and draws 5 of them. */
export const OVERLAP_POOL = 10;

export function isAveraged(design: Design): boolean {
  return design === 'halves' || design === 'overlap';
}

/** Every angle of the design, group by group; what a row is made of does not depend on K. */
export function planAngles(groups: readonly Group[], settings: AngleSettings): Plan {
  const random = new Random(settings.seed).stream('design').stream(settings.design);
  let identical = 0;
  const planned = groups.map((group): GroupPlan => {
    const stream = random.stream(group.question).stream(group.block.group);
    switch (settings.design) {
      case 'single':
      case 'across': {
        const pairs = memberPairs(group.members, settings.identical);
        identical += pairs.identical;
        return { group, rows: pairRows(group.members, pairs.kept, settings.design === 'across') };
      }
      case 'within':
        return { group, rows: group.members.flatMap(withinRows) };
      case 'halves':
      case 'overlap': {
        const distinct = settings.identical ? group.members.map((_, index) => index) : distinctMembers(group.members);
        identical += group.members.length - distinct.length;
        const draws = settings.design === 'halves' ? halfSplits(distinct, stream) : overlapDraws(distinct, stream);
        return { group, rows: draws.flatMap(([first, second]) => averagedRows(group.members, first, second)) };
      }
    }
  });
  return { groups: planned, identical };
}

/** Pairs i < j of members; identical rollouts are left out unless they are kept. */
export function memberPairs(members: readonly Member[], keepIdentical: boolean): { readonly kept: readonly (readonly [number, number])[]; readonly identical: number } {
  const kept: [number, number][] = [];
  let identical = 0;
  for (let i = 0; i < members.length; i++) {
    for (let j = i + 1; j < members.length; j++) {
      if (!keepIdentical && members[i].fingerprint === members[j].fingerprint) identical++;
      else kept.push([i, j]);
    }
  }
  return { kept, identical };
}

/** Indices of members, the first of each set of identical rollouts. */
function distinctMembers(members: readonly Member[]): number[] {
  const seen = new Set<string>();
  return members.flatMap(({ fingerprint }, index) => {
    if (seen.has(fingerprint)) return [];
    seen.add(fingerprint);
    return [index];
  });
}

/** w g^r of a member. */
export function reasoningOf(member: number, weight = 1): Combination {
  return { vectors: Int32Array.of(PARTS * member + R0, PARTS * member + R1), weights: Float64Array.of(weight, weight) };
}

/** w g^a of a member. */
export function toolOf(member: number, weight = 1): Combination {
  return { vectors: Int32Array.of(PARTS * member + T0, PARTS * member + T1), weights: Float64Array.of(weight, weight) };
}

function pairRows(members: readonly Member[], pairs: readonly (readonly [number, number])[], across: boolean): PlanRow[] {
  // Only the sign of a weight reaches an angle; unit weights keep tiny advantages from underflowing.
  const reasoning = members.map(({ weight }, index) => reasoningOf(index, Math.sign(weight)));
  const tool = members.map(({ weight }, index) => toolOf(index, Math.sign(weight)));
  const id = members.map(({ trajectory }) => trajectory);
  const rows: PlanRow[] = [];
  for (const [i, j] of pairs) {
    rows.push({ pair: 'RR', u: reasoning[i], v: reasoning[j], a: id[i], b: id[j] });
    rows.push({ pair: 'TT', u: tool[i], v: tool[j], a: id[i], b: id[j] });
    if (!across) continue;
    rows.push({ pair: 'RT', u: reasoning[i], v: tool[j], a: id[i], b: id[j] });
    rows.push({ pair: 'RT', u: reasoning[j], v: tool[i], a: id[j], b: id[i] });
  }
  if (!across) members.forEach((_, i) => rows.push({ pair: 'RT', u: reasoning[i], v: tool[i], a: id[i], b: id[i] }));
  return rows;
}

/** Split halves of one trajectory; a role of a single span has none. */
export function withinRows(member: Member, index: number): PlanRow[] {
  const { trajectory } = member;
  const ends = { a: trajectory, b: trajectory };
  const tools = member.tool.reduce((sum, label) => sum + label, 0);
  const rows: PlanRow[] = [{ pair: 'RT', u: reasoningOf(index), v: toolOf(index), ...ends }];
  if (member.tool.length - tools >= 2) rows.push({ pair: 'RR', u: one(PARTS * index + R0), v: one(PARTS * index + R1), ...ends });
  if (tools >= 2) rows.push({ pair: 'TT', u: one(PARTS * index + T0), v: one(PARTS * index + T1), ...ends });
  return rows;
}

/** Different splits in two disjoint halves, as far as there are any. An odd rollout goes to the second. */
function halfSplits(members: readonly number[], random: Random): [number[], number[]][] {
  const n = members.length;
  if (n < 2) return [];
  const splits = new Map<string, [number[], number[]]>();
  // Small groups have few splits; drawing stops after a fixed number of tries.
  for (let attempt = 0; attempt < 4 * SPLITS_PER_GROUP && splits.size < SPLITS_PER_GROUP; attempt++) {
    const chosen = new Set(random.subset(n, Math.floor(n / 2)));
    const first = members.filter((_, index) => chosen.has(index));
    const second = members.filter((_, index) => !chosen.has(index));
    const key = [first, second].map((half) => half.join(' ')).sort().join('|');
    if (!splits.has(key)) splits.set(key, [first, second]);
  }
  return [...splits.values()];
}

/**
 * Pairs of draws of 5 of (at most) 10 rollouts of a group; a smaller group gives draws of half of it, which keeps the
 * expected overlap of one half. Equal draws are drawn again (the public code drops angles up to 1°).
 */
export function overlapDraws(members: readonly number[], random: Random, count = DRAWS_PER_GROUP): [number[], number[]][] {
  const pool = Math.min(OVERLAP_POOL, members.length);
  const size = Math.floor(pool / 2);
  if (size < 2) return [];
  const draws: [number[], number[]][] = [];
  while (draws.length < count) {
    const kept = random.subset(members.length, pool);
    const first = random.subset(pool, size);
    const second = random.subset(pool, size);
    if (first.every((value, index) => value === second[index])) continue;
    draws.push([first.map((index) => members[kept[index]]), second.map((index) => members[kept[index]])]);
  }
  return draws;
}

/** RR, TT and both cross pairs of two averages; the common factor 1/size changes no angle. */
function averagedRows(members: readonly Member[], first: readonly number[], second: readonly number[]): PlanRow[] {
  const average = (part: number, chosen: readonly number[]): Combination => ({
    vectors: Int32Array.from(chosen.flatMap((index) => [PARTS * index + part, PARTS * index + part + 1])),
    weights: Float64Array.from(chosen.flatMap((index) => [members[index].weight, members[index].weight])),
  });
  const [r1, r2, t1, t2] = [average(R0, first), average(R0, second), average(T0, first), average(T0, second)];
  const a = members[first[0]].trajectory;
  const b = members[second[0]].trajectory;
  return [
    { pair: 'RR', u: r1, v: r2, a, b },
    { pair: 'TT', u: t1, v: t2, a, b },
    { pair: 'RT', u: r1, v: t2, a, b },
    { pair: 'RT', u: r2, v: t1, a: b, b: a },
  ];
}

/** Cosines of a group's rows from its Q [4m, 4m]; NaN where a gradient is zero. */
export function evaluateRows(plan: GroupPlan, q: Float64Array): Float64Array {
  const size = PARTS * plan.group.members.length;
  return Float64Array.from(plan.rows, (row) => cosineOf(q, size, row.u, row.v));
}
