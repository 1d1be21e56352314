import type { Bins } from '../histogram.ts';
import { Random } from '../random.ts';
import { quantileSorted } from '../statistics/summary.ts';
import { CosineBins, medianAngle } from './cosine-bins.ts';
import type { Plan } from './designs.ts';
import { cosine } from './geometry.ts';
import { relabeller } from './relabel.ts';
import type { Group, Member } from './population.ts';
import { FULL_BINS, ZOOM_BINS } from './types.ts';
import type { AngleSettings, Maybe, PermutationNull } from './types.ts';

/** Trajectories with at most this many distinct labellings have all of them tabulated. */
const MAX_TABLE = 512;
/** Medians closer than this are one: rounding must not pass for a difference. The same for cosines within a table. */
const SAME_DEGREES = 1e-7;
const SAME_COSINE = 1e-10;

/**
 * The label-permutation null of the median R–T angle: role labels are shuffled among the spans of each trajectory, so
 * that each keeps its number of reasoning and tool spans, and the design's R–T median is taken again. If reasoning and
 * tool spans pulled in directions of their own, the observed median would lie outside of the draws.
 * p = (1 + #{|m_b − c| ≥ |m − c|})/(draws + 1), c the draws' median: two-sided, never 0.
 */
export function permutationNull(plan: Plan, settings: AngleSettings, observed: number): Maybe<PermutationNull> {
  if (!Number.isFinite(observed)) return { value: null, reason: 'No R–T angle is defined yet.' };
  const random = new Random(settings.seed).stream('permutation');
  const within = settings.design === 'single' || settings.design === 'within';
  const draw = within ? withinDraws(plan, random) : betweenDraws(plan, random);
  if (draw === null) {
    const reason = within
      ? 'No label can be permuted: every trajectory has one reasoning span and one tool span, and swapping the two leaves their angle as it is.'
      : 'No label can be permuted: shuffling leaves every R–T angle as it is.';
    return { value: null, reason };
  }
  return { value: collect(draw, settings.draws, observed) };
}

/** Writes one draw's cosines and returns how many there are. */
interface Draw {
  readonly capacity: number;
  next(cosines: Float64Array): number;
}

function collect(draw: Draw, draws: number, observed: number): PermutationNull {
  const full = new BinDraws(FULL_BINS, draws);
  const zoom = new BinDraws(ZOOM_BINS, draws);
  const medians = new Float64Array(draws);
  const cosines = new Float64Array(draw.capacity);
  for (let b = 0; b < draws; b++) {
    const n = draw.next(cosines);
    full.add(b, cosines, n);
    zoom.add(b, cosines, n);
    medians[b] = medianAngle(cosines, n);
  }
  const sorted = medians.filter((median) => Number.isFinite(median)).sort();
  const centre = quantileSorted(sorted, 0.5);
  const distance = Math.abs(observed - centre);
  let far = 0;
  for (const median of sorted) if (Math.abs(median - centre) >= distance - SAME_DEGREES) far++;
  return {
    draws,
    observed,
    band: { estimate: centre, low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) },
    p: (1 + far) / (sorted.length + 1),
    bins: full.bands(),
    zoomBins: zoom.bands(),
  };
}

/** Densities per degree of every draw, bin by bin. */
class BinDraws {
  readonly #bins: CosineBins;
  readonly #width: number;
  readonly #draws: number;
  /** [bins, draws], so that a bin's draws lie together. */
  readonly #densities: Float64Array;
  readonly #counts: Uint32Array;

  constructor(bins: Bins, draws: number) {
    this.#bins = new CosineBins(bins);
    this.#width = bins.width;
    this.#draws = draws;
    this.#densities = new Float64Array(this.#bins.count * draws);
    this.#counts = new Uint32Array(this.#bins.count);
  }

  add(draw: number, cosines: Float64Array, n: number): void {
    const counts = this.#counts.fill(0);
    this.#bins.add(counts, cosines, n);
    const scale = n > 0 ? 1 / (n * this.#width) : 0;
    for (let bin = 0; bin < counts.length; bin++) this.#densities[bin * this.#draws + draw] = counts[bin] * scale;
  }

  bands(): PermutationNull['bins'] {
    const { count } = this.#bins;
    const mean = new Float64Array(count);
    const low = new Float64Array(count);
    const high = new Float64Array(count);
    for (let bin = 0; bin < count; bin++) {
      const sorted = this.#densities.subarray(bin * this.#draws, (bin + 1) * this.#draws).sort();
      mean[bin] = sorted.reduce((sum, value) => sum + value, 0) / this.#draws;
      low[bin] = quantileSorted(sorted, 0.025);
      high[bin] = quantileSorted(sorted, 0.975);
    }
    return { mean, low, high };
  }
}

/**
 * R–T within trajectories. A trajectory of m spans with t tool labels has C(m, t) labellings, few enough to tabulate
 * their cosines once; a draw is then one table entry a trajectory. Null when no labelling differs from another.
 */
function withinDraws(plan: Plan, random: Random): Draw | null {
  const samplers = plan.groups.flatMap(({ group }) => group.members.map((member) => withinSampler(group, member)));
  if (!samplers.some(({ varies }) => varies)) return null;
  return {
    capacity: samplers.length,
    next(cosines) {
      let n = 0;
      for (const sampler of samplers) {
        const cos = sampler.draw(random);
        if (!Number.isNaN(cos)) cosines[n++] = cos;
      }
      return n;
    },
  };
}

interface Sampler {
  readonly varies: boolean;
  draw(random: Random): number;
}

function withinSampler(group: Group, member: Member): Sampler {
  const m = member.positions.length;
  const n = group.block.spans.length;
  const tools = member.tool.reduce((sum, label) => sum + label, 0);
  const cosineOf = (chosen: ArrayLike<number>): number => {
    const tool = new Uint8Array(m);
    for (let i = 0; i < chosen.length; i++) tool[chosen[i]] = 1;
    let [rr, rt, tt] = [0, 0, 0];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        const value = group.k[member.positions[i] * n + member.positions[j]];
        if (tool[i] !== tool[j]) rt += value / 2;
        else if (tool[i] === 1) tt += value;
        else rr += value;
      }
    }
    return cosine(rt, rr, tt);
  };
  const table = binomial(m, tools) <= MAX_TABLE ? Float64Array.from(subsets(m, tools), cosineOf) : null;
  if (table === null) return { varies: true, draw: (random) => cosineOf(random.subset(m, tools)) };
  const defined = table.filter((cos) => !Number.isNaN(cos));
  const varies = defined.length > 1 && Math.max(...defined) - Math.min(...defined) > SAME_COSINE;
  return { varies, draw: (random) => table[random.integer(table.length)] };
}

/** C(n, k), as far as a double holds it. */
export function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) result = (result * (n - i + 1)) / i;
  return Math.round(result);
}

/** Every k-subset of 0 … n − 1, lexicographically. */
export function* subsets(n: number, k: number): Generator<number[]> {
  const chosen = Array.from({ length: k }, (_, index) => index);
  for (;;) {
    yield [...chosen];
    let at = k - 1;
    while (at >= 0 && chosen[at] === n - k + at) at--;
    if (at < 0) return;
    chosen[at]++;
    for (let i = at + 1; i < k; i++) chosen[i] = chosen[i - 1] + 1;
  }
}

/** R–T between trajectories or averages: the group's whole role Gram is taken again under each labelling. */
function betweenDraws(plan: Plan, random: Random): Draw | null {
  const parts = plan.groups.flatMap(({ group, rows }) => {
    const own = rows.filter(({ pair }) => pair === 'RT');
    return own.length === 0 ? [] : [relabeller(group, own)];
  });
  if (parts.length === 0) return null;
  return {
    capacity: parts.reduce((sum, { rows }) => sum + rows, 0),
    next(cosines) {
      let n = 0;
      for (const part of parts) n = part.draw(random, cosines, n);
      return n;
    },
  };
}
