import { AdapterOptimiser } from '../../src/engine/optimiser.ts';
import type { WeightVector } from '../../src/engine/packing.ts';
import type { EngineSequence } from '../../src/engine/types.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import type { Rollout } from '../../src/agent/types.ts';
import { DEFAULT_RANK, standardArms } from '../../src/training/arms.ts';
import { DEFAULT_TRAINING } from '../../src/training/settings.ts';
import { inParts } from '../../src/training/update.ts';
import { openWorld, worldTrainer, type WorldTrainer } from '../../src/training/testing/world-trainer.ts';
import type { StepReport } from '../../src/training/trainer.ts';

const PARTS = ['rollout', 'forward', 'backward', 'optimiser'] as const;
type Part = (typeof PARTS)[number];

export interface TrainingSizes {
  readonly questions: number;
  readonly samples: number;
  /** Timed after one that warms up. */
  readonly rounds: number;
}

/** A median with the range that the rounds gave. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface TrainingBench {
  readonly sizes: TrainingSizes;
  /** Of one step, means over the rounds. */
  readonly tokens: { readonly rollout: number; readonly trained: number };
  /** Milliseconds of a step's parts and of the whole, by arm. */
  readonly milliseconds: Readonly<Record<'joint' | 'dart', Readonly<Record<Part | 'step', number>>>>;
  /** Two adapters of half the rank over one, round by round on the same sequences. */
  readonly stepRatio: Spread;
  readonly rolloutRatio: Spread;
  readonly backwardRatio: Spread;
  /** One forward and backward of a single loss over the step's sequences, without rollouts and optimiser. */
  readonly streamMilliseconds: Readonly<Record<'joint' | 'dart', number>>;
  readonly streamRatio: Spread;
  /** The same ratios by the process's own processor time; null on a GPU, whose work it does not see. */
  readonly processor: { readonly step: Spread; readonly stream: Spread } | null;
  /** Whether both arms wrote the same rollouts in every round, as untrained adapters must. */
  readonly sameRollouts: boolean;
}

interface Contestant extends WorldTrainer {
  readonly id: 'joint' | 'dart';
  readonly stream: AdapterOptimiser;
  readonly start: Awaited<ReturnType<WorldTrainer['trainer']['state']>>;
}

/** Joint (one adapter) and DART (two of half its rank) on the bundled backbone and world, wasm on one thread. */
export async function benchTraining(gpu: GpuDevice, sizes: TrainingSizes): Promise<TrainingBench> {
  const { questions, samples, rounds } = sizes;
  const world = await openWorld();
  const settings = { ...DEFAULT_TRAINING, questions, samples, steps: rounds + 1, warmUp: 0 };
  const arms = standardArms(DEFAULT_RANK);
  const open = async (id: 'joint' | 'dart'): Promise<Contestant> => {
    const made = await worldTrainer(world, arms.find((arm) => arm.id === id)!, { gpu, settings, seed: 1, batch: questions * samples });
    return { ...made, id, stream: new AdapterOptimiser(made.decoder, 1), start: await made.trainer.state() };
  };
  const contestants = [await open('joint'), await open('dart')];
  const reports = { joint: [] as StepReport[], dart: [] as StepReport[] };
  const streams = { joint: [] as number[], dart: [] as number[] };
  const processor = { step: { joint: [] as number[], dart: [] as number[] }, stream: { joint: [] as number[], dart: [] as number[] } };
  let sameRollouts = true;
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse();
    const written = { joint: [] as readonly Rollout[], dart: [] as readonly Rollout[] };
    const taken = new Map<string, StepReport>();
    for (const { id, trainer, start } of order) {
      // From untrained adapters each time: both arms then write the same, and are timed on the same sequences.
      await trainer.restore(start);
      const before = process.cpuUsage();
      const { report, rollouts } = await trainer.step(round);
      if (round > 0) processor.step[id].push(processorTime(before));
      taken.set(id, report);
      written[id] = rollouts;
    }
    sameRollouts &&= written.joint.every(({ tokens }, index) => tokens.join() === written.dart[index].tokens.join());
    for (const { id, stream } of order) {
      const sequences = written[id].map(({ tokens, adapters }): EngineSequence => ({ tokens, adapters }));
      const before = process.cpuUsage();
      const milliseconds = await streamTime(stream, sequences, settings.microBatchTokens);
      // The first round warms up.
      if (round === 0) continue;
      processor.stream[id].push(processorTime(before));
      streams[id].push(milliseconds);
      reports[id].push(taken.get(id)!);
    }
  }
  for (const contestant of contestants) {
    contestant.stream.destroy();
    await contestant.close();
  }
  const of = (id: 'joint' | 'dart', part: Part | 'step'): number[] => reports[id].map(({ time }) => (part === 'step' ? PARTS.reduce((sum, one) => sum + time[one], 0) : time[part]));
  const milliseconds = (id: 'joint' | 'dart') => Object.fromEntries([...PARTS, 'step' as const].map((part) => [part, median(of(id, part))])) as Record<Part | 'step', number>;
  const ratio = (two: readonly number[], one: readonly number[]): Spread => spread(two.map((value, index) => value / one[index]));
  const mean = (valueOf: (report: StepReport) => number): number => reports.dart.reduce((sum, report) => sum + valueOf(report), 0) / rounds;
  return {
    sizes,
    tokens: { rollout: mean(({ tokens }) => tokens.rollout), trained: mean(({ tokens }) => tokens.trained) },
    milliseconds: { joint: milliseconds('joint'), dart: milliseconds('dart') },
    stepRatio: ratio(of('dart', 'step'), of('joint', 'step')),
    rolloutRatio: ratio(of('dart', 'rollout'), of('joint', 'rollout')),
    backwardRatio: ratio(of('dart', 'backward'), of('joint', 'backward')),
    streamMilliseconds: { joint: median(streams.joint), dart: median(streams.dart) },
    streamRatio: ratio(streams.dart, streams.joint),
    processor: gpu.capabilities.software ? { step: ratio(processor.step.dart, processor.step.joint), stream: ratio(processor.stream.dart, processor.stream.joint) } : null,
    sameRollouts,
  };
}

/** Forward and backward of one loss over all tokens, in micro-batches as training takes them. */
async function streamTime(optimiser: AdapterOptimiser, sequences: readonly EngineSequence[], limit: number): Promise<number> {
  const weight = 1 / sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const begun = performance.now();
  for (const part of inParts(sequences, ({ tokens }) => tokens.length, limit)) {
    const losses: WeightVector[] = [part.map(({ tokens }) => new Float32Array(tokens.length).fill(weight))];
    await optimiser.add(part, losses);
  }
  return performance.now() - begun;
}

/** Of all threads, ms: a software adapter computes in this process, and what else the machine does counts little. */
function processorTime(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function formatTraining({ sizes, tokens, milliseconds, stepRatio, rolloutRatio, backwardRatio, streamMilliseconds, streamRatio, processor, sameRollouts }: TrainingBench): string {
  const ms = (value: number): string => value.toFixed(0).padStart(9);
  const names = { joint: 'joint, one adapter of rank 16', dart: 'DART, two of rank 8' };
  const shown = (name: string, { median: middle, min, max }: Spread): string => `  ${name.padEnd(50)} ${middle.toFixed(3)} (${min.toFixed(3)} to ${max.toFixed(3)} over ${sizes.rounds} rounds)`;
  return [
    `  ${sizes.questions} questions × ${sizes.samples} rollouts: ${tokens.rollout.toFixed(0)} tokens written and read, ${tokens.trained.toFixed(0)} trained on; ms a step, medians`,
    `  ${''.padEnd(30)} ${[...PARTS, 'step'].map((part) => part.padStart(10)).join('')}${'one loss'.padStart(10)}`,
    ...(['joint', 'dart'] as const).map((id) => `  ${names[id].padEnd(30)} ${[...PARTS, 'step' as const].map((part) => ` ${ms(milliseconds[id][part])}`).join('')}  ${ms(streamMilliseconds[id])}`),
    '  two adapters over one of the same total rank, same sequences:',
    shown('forward and backward of one loss', streamRatio),
    shown('a step: forward and backward of both losses', backwardRatio),
    shown('a step: rollouts', rolloutRatio),
    shown('a whole step', stepRatio),
    ...(processor === null ? [] : [shown('processor time, forward and backward of one loss', processor.stream), shown('processor time, a whole step', processor.step)]),
    `  aim: within 1.05; both arms wrote the same rollouts: ${sameRollouts ? 'yes' : 'NO, so that the steps compare different sequences'}`,
  ].join('\n');
}
