import type { GramBlock, GramModule, GramSpan, GramTrajectory, SpanGram } from '../gram/types.ts';
import { Random } from '../random.ts';

/** A span of a synthetic trajectory: its kind and its gradient in every module. */
export interface SyntheticSpan {
  readonly kind: GramSpan['kind'];
  /** [modules][dimension]. */
  readonly gradient: readonly Float64Array[];
}

export interface SyntheticTrajectory {
  readonly id: string;
  readonly group: string;
  readonly question?: string;
  readonly reward?: number | null;
  readonly advantage?: number | null;
  readonly fingerprint?: string;
  readonly spans: readonly SyntheticSpan[];
}

/** The span Gram of explicit gradients, so that tests can take angles from the gradients themselves. */
export function gramOf(trajectories: readonly SyntheticTrajectory[], modules: readonly GramModule[]): SpanGram {
  const spans: GramSpan[] = [];
  const gradients: (readonly Float64Array[])[] = [];
  const groups = new Map<string, number[]>();
  trajectories.forEach((trajectory, index) => {
    const list = groups.get(trajectory.group) ?? [];
    groups.set(trajectory.group, list);
    trajectory.spans.forEach(({ kind, gradient }, at) => {
      list.push(spans.length);
      spans.push({ trajectory: index, role: kind === 'tool' ? 'tool' : 'reasoning', kind, start: 10 * at + 5, end: 10 * at + 15, loss: at + 1 });
      gradients.push(gradient);
    });
  });
  const blocks = [...groups].map(([group, list]): GramBlock => {
    const n = list.length;
    const values = new Float64Array(modules.length * n * n);
    for (let m = 0; m < modules.length; m++) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) {
          const value = dot(gradients[list[i]][m], gradients[list[j]][m]);
          values[m * n * n + i * n + j] = value;
          values[m * n * n + j * n + i] = value;
        }
      }
    }
    return { group, spans: list, values };
  });
  return {
    parameterSet: 'full',
    modules,
    spans,
    blocks,
    trajectories: trajectories.map(({ id, group, question, reward, advantage, fingerprint }): GramTrajectory => ({ id, group, question: question ?? `question ${group}`, reward: reward ?? null, advantage: advantage ?? null, fingerprint: fingerprint ?? id, tokens: 100 })),
  };
}

export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

export function normals(random: Random, dimension: number, scale = 1): Float64Array {
  return Float64Array.from({ length: dimension }, () => scale * random.normal());
}

export function plus(...vectors: readonly Float64Array[]): Float64Array {
  return Float64Array.from(vectors[0], (_, index) => vectors.reduce((sum, vector) => sum + vector[index], 0));
}

export function scaled(vector: Float64Array, factor: number): Float64Array {
  return vector.map((value) => value * factor);
}

/** Modules layer by layer; dimension of each is the number of parameters. */
export function modulesOf(layers: number, targets: readonly GramModule['target'][], parameters: number): GramModule[] {
  return Array.from({ length: layers }, (_, layer) => targets.map((target) => ({ layer, target, parameters }))).flat();
}

export interface NoiseOptions {
  readonly groups: number;
  readonly rollouts: number;
  readonly dimension: number;
  readonly modules: readonly GramModule[];
  readonly seed: number;
  readonly kinds?: readonly GramSpan['kind'][];
  /** Added to every span of the role, per group. */
  readonly signal?: (role: 'reasoning' | 'tool', module: number, group: number) => Float64Array | null;
}

/** Trajectories of independent noise, with a common direction where `signal` gives one. */
export function noisyTrajectories({ groups, rollouts, dimension, modules, seed, kinds = ['think', 'other', 'tool', 'think', 'tool', 'answer'], signal }: NoiseOptions): SyntheticTrajectory[] {
  const random = new Random(seed);
  return Array.from({ length: groups * rollouts }, (_, index): SyntheticTrajectory => {
    const group = Math.floor(index / rollouts);
    const own = random.stream(index);
    const reward = own.uniform() < 0.5 ? 1 : 0;
    return {
      id: `t${String(index).padStart(4, '0')}`,
      group: `g${group}`,
      reward,
      advantage: reward === 1 ? 0.9 : -0.9,
      spans: kinds.map((kind) => ({
        kind,
        gradient: modules.map((_, module) => {
          const noise = normals(own, dimension);
          const added = signal?.(kind === 'tool' ? 'tool' : 'reasoning', module, group) ?? null;
          return added === null ? noise : plus(noise, added);
        }),
      })),
    };
  });
}

/** A Gram of random positive-definite blocks of a given size, quickly: for timings. */
export function bulkGram(groups: number, rollouts: number, spansPerRollout: number, modules: readonly GramModule[], seed: number): SpanGram {
  const kinds = (['think', 'other', 'tool'] as const).flatMap((kind) => Array.from({ length: Math.ceil(spansPerRollout / 3) }, () => kind));
  const dimension = 16;
  return gramOf(noisyTrajectories({ groups, rollouts, dimension, modules, seed, kinds: kinds.slice(0, spansPerRollout) }), modules);
}
