import { aggregate, effectiveDimension } from '../gram/blocks.ts';
import { TARGETS } from '../gram/types.ts';
import type { SpanGram } from '../gram/types.ts';
import { countBins } from '../histogram.ts';
import { Random } from '../random.ts';
import { quantileSorted, sortedCopy } from '../statistics/summary.ts';
import { medianAngle } from './cosine-bins.ts';
import { evaluateRows, isAveraged, planAngles, withinRows } from './designs.ts';
import type { GroupPlan, Plan } from './designs.ts';
import { disattenuatedCosine } from './disattenuated.ts';
import { findingSentence } from './finding.ts';
import { DEGREES, cosine, degreesOf } from './geometry.ts';
import { definedSample, meanInterval, medianInterval } from './intervals.ts';
import type { Sample } from './intervals.ts';
import { independentAngle, noiseReference } from './noise.ts';
import { permutationNull } from './permutation.ts';
import { PARTS, R0, T0, preparePopulation } from './population.ts';
import type { Population } from './population.ts';
import { appliedSettings } from './settings.ts';
import { FULL_BINS, PAIRS, ZOOM_BINS } from './types.ts';
import type { AngleAnalysis, AngleRow, AngleSettings, Interval, Maybe, Pair, PairSummary } from './types.ts';

/**
 * Every figure of the angle page from the span Gram (SPEC section 4). Deterministic: the same Gram, settings and seed
 * give the same bits, in whatever order trajectories and blocks stand. Partial Grams (no block, one trajectory) give
 * empty figures with reasons.
 * @throws RangeError for draws below 1 or a seed that is not a whole number
 * @throws GramError for a block whose size does not fit the modules
 */
export function analyseAngles(gram: SpanGram, settings: AngleSettings): AngleAnalysis {
  if (!Number.isInteger(settings.draws) || settings.draws < 1) throw new RangeError(`No analysis with ${settings.draws} draws.`);
  const applied = appliedSettings(settings);
  const random = new Random(applied.seed);
  const population = preparePopulation(gram, applied);
  const plan = planAngles(population.groups, applied);
  const samples = takeAngles(plan, isAveraged(applied.design));
  const parameters = population.modules.reduce((sum, module) => sum + gram.modules[module].parameters, 0);
  const noise = noiseReference(population.groups, applied, parameters);
  const bootstrap = random.stream('bootstrap');
  const pairs = byPair((pair) => summarise(samples[pair], noise[pair], applied.draws, bootstrap.stream(pair)));
  const halves = splitHalves(population);
  const apart = independentAngle(parameters);
  const effective = effectiveDimension(population.matrices);
  const perTrajectory = trajectoryFigures(population, applied, bootstrap);
  const permutation = permutationNull(plan, applied, pairs.RT.median?.estimate ?? Number.NaN);
  const analysis = {
    settings: applied,
    rows: PAIRS.flatMap((pair) => rowsOf(pair, samples[pair])),
    pairs,
    counts: byPair((pair) => countBins(FULL_BINS, samples[pair].degrees)),
    zoomCounts: byPair((pair) => countBins(ZOOM_BINS, samples[pair].degrees)),
    excluded: { ...population.excluded, identical: plan.identical },
    isotropic: { parameters, effective, sd: sdOf(parameters), sdEffective: sdOf(effective) },
    permutation,
    disattenuated: disattenuatedCosine(population.groups, applied, bootstrap.stream('disattenuated')),
    ...perTrajectory,
    modules: moduleMedians(gram, plan),
    splitHalf: {
      RR: summarise(halves.RR, apart, applied.draws, bootstrap.stream('split RR')),
      TT: summarise(halves.TT, apart, applied.draws, bootstrap.stream('split TT')),
    },
  };
  return { ...analysis, finding: findingSentence(analysis, { measured: population.measured, modules: population.modules.length }) };
}

/** A pair's cosines (in `values`) with their angles. */
interface AngleSample extends Sample {
  readonly degrees: Float64Array;
}

function byPair<Value>(make: (pair: Pair) => Value): Record<Pair, Value> {
  return { RR: make('RR'), TT: make('TT'), RT: make('RT') };
}

function sdOf(dimensions: number): number {
  return dimensions > 0 ? DEGREES / Math.sqrt(dimensions) : 0;
}

function takeAngles(plan: Plan, averaged: boolean): Record<Pair, AngleSample> {
  const lists = byPair(() => ({ values: [] as number[], questions: [] as string[], a: [] as number[], b: [] as number[] }));
  for (const groupPlan of plan.groups) {
    const cosines = evaluateRows(groupPlan, groupPlan.group.q);
    groupPlan.rows.forEach((row, index) => {
      const list = lists[row.pair];
      list.values.push(cosines[index]);
      list.questions.push(groupPlan.group.question);
      list.a.push(row.a);
      list.b.push(row.b);
    });
  }
  return byPair((pair) => {
    const sample = definedSample({ ...lists[pair], values: Float64Array.from(lists[pair].values), averaged });
    return { ...sample, degrees: sample.values.map(degreesOf) };
  });
}

function rowsOf(pair: Pair, sample: AngleSample): AngleRow[] {
  return Array.from(sample.degrees, (degrees, index) => ({ pair, a: sample.a[index], b: sample.b[index], degrees }));
}

function summarise(sample: AngleSample, noise: Interval | null, draws: number, random: Random): PairSummary {
  const n = sample.values.length;
  if (n === 0) return { n, median: null, quantiles: null, cosine: null, noise };
  const sorted = sortedCopy(sample.degrees);
  return {
    n,
    median: medianInterval({ ...sample, values: sample.degrees }, draws, random.stream('median')),
    quantiles: { q05: quantileSorted(sorted, 0.05), q25: quantileSorted(sorted, 0.25), q75: quantileSorted(sorted, 0.75), q95: quantileSorted(sorted, 0.95) },
    cosine: meanInterval(sample, draws, random.stream('cosine')),
    noise,
  };
}

function splitHalves(population: Population): Record<'RR' | 'TT', AngleSample> {
  const groups = population.groups.map((group): GroupPlan => ({ group, rows: group.members.flatMap(withinRows).filter(({ pair }) => pair !== 'RT') }));
  return takeAngles({ groups, identical: 0 }, false);
}

/** Norm ratio and cosines of the joint update g^r + g^a, per trajectory. Weights cancel. */
function trajectoryFigures(population: Population, settings: AngleSettings, random: Random): Pick<AngleAnalysis, 'normRatio' | 'jointCosine'> {
  const [ratio, reasoning, tool]: [number[], number[], number[]] = [[], [], []];
  const questions: string[] = [];
  const trajectories: number[] = [];
  for (const group of population.groups) {
    const size = PARTS * group.members.length;
    const pairSum = (x: number, y: number): number => group.q[x * size + y] + group.q[x * size + y + 1] + group.q[(x + 1) * size + y] + group.q[(x + 1) * size + y + 1];
    group.members.forEach(({ trajectory }, index) => {
      const [r, t] = [PARTS * index + R0, PARTS * index + T0];
      const [rr, rt, tt] = [pairSum(r, r), pairSum(r, t), pairSum(t, t)];
      ratio.push(Math.sqrt(rr) / Math.sqrt(tt));
      reasoning.push(cosine(rr + rt, rr + 2 * rt + tt, rr));
      tool.push(cosine(rt + tt, rr + 2 * rt + tt, tt));
      questions.push(group.question);
      trajectories.push(trajectory);
    });
  }
  const medianOf = (values: number[], name: string): Interval | null =>
    medianInterval(definedSample({ values: Float64Array.from(values), questions, a: trajectories, b: trajectories, averaged: false }), settings.draws, random.stream(name));
  const reason = 'No trajectory with both a reasoning and a tool gradient is left.';
  const none = <Value>(): Maybe<Value> => ({ value: null, reason });
  const normRatio = medianOf(ratio, 'norm ratio');
  const jointReasoning = medianOf(reasoning, 'joint reasoning');
  const jointTool = medianOf(tool, 'joint tool');
  return {
    normRatio: normRatio === null ? none() : { value: normRatio },
    jointCosine: jointReasoning === null || jointTool === null ? none() : { value: { reasoning: jointReasoning, tool: jointTool } },
  };
}

/** The same rows on every module by itself: medians per layer and target, all modules whatever the selection. */
function moduleMedians(gram: SpanGram, plan: Plan): AngleAnalysis['modules'] {
  const layers = gram.modules.reduce((most, { layer }) => Math.max(most, layer + 1), 0);
  const targets = TARGETS.filter((target) => gram.modules.some((module) => module.target === target));
  const medians = byPair(() => new Float64Array(layers * targets.length).fill(Number.NaN));
  const numbers = byPair((pair) => plan.groups.reduce((sum, { rows }) => sum + rows.filter((row) => row.pair === pair).length, 0));
  const buffers = byPair((pair) => new Float64Array(numbers[pair]));
  gram.modules.forEach(({ layer, target }, module) => {
    const filled = byPair(() => 0);
    for (const groupPlan of plan.groups) {
      if (groupPlan.rows.length === 0) continue;
      const { block, vectorOf, members } = groupPlan.group;
      const n = block.spans.length;
      const q = aggregate(block.values, vectorOf, PARTS * members.length, module * n * n);
      const cosines = evaluateRows(groupPlan, q);
      groupPlan.rows.forEach(({ pair }, index) => {
        const value = cosines[index];
        if (!Number.isNaN(value)) buffers[pair][filled[pair]++] = value;
      });
    }
    const at = layer * targets.length + targets.indexOf(target);
    for (const pair of PAIRS) medians[pair][at] = medianAngle(buffers[pair], filled[pair]);
  });
  return { layers, targets, medians };
}
