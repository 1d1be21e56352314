import { aggregate, selectModules, sumModules } from '../gram/blocks.ts';
import type { GramBlock, GramSpan, SpanGram } from '../gram/types.ts';
import { Random } from '../random.ts';
import type { AngleAnalysis, AngleSettings } from './types.ts';

/**
 * Vectors of a group's Gram Q [4m, 4m]: each member has two halves of its reasoning spans and two of its tool spans;
 * g^r = R0 + R1, g^a = T0 + T1. A role of one span has it in its first half.
 */
export const PARTS = 4;
export const R0 = 0;
export const R1 = 1;
export const T0 = 2;
export const T1 = 3;

/** A trajectory that passed the filters. */
export interface Member {
  /** Index into the Gram's trajectories. */
  readonly trajectory: number;
  readonly fingerprint: string;
  /** GRPO advantage, or 1. */
  readonly weight: number;
  /** Positions of its spans in the block, and for each whether it is tool. */
  readonly positions: Int32Array;
  readonly tool: Uint8Array;
}

export interface Group {
  readonly question: string;
  readonly block: GramBlock;
  /** K over the selected modules [n, n]. */
  readonly k: Float64Array;
  readonly members: readonly Member[];
  /** Vector (PARTS·member + part) of every span of the block, −1 for spans outside the analysis. */
  readonly vectorOf: Int32Array;
  /** Q over the selected modules, without weights. */
  readonly q: Float64Array;
}

export interface Population {
  readonly modules: readonly number[];
  readonly groups: readonly Group[];
  /** Trajectories of which spans were measured. */
  readonly measured: number;
  readonly excluded: Omit<AngleAnalysis['excluded'], 'identical'>;
  /** K of every block, filtered or not, for the spectrum. */
  readonly matrices: readonly Float64Array[];
}

/**
 * Sums K over the selected modules and filters the trajectories. Groups and members come in an order that depends on
 * their names only, so that every seeded draw is the same however the file was ordered.
 */
export function preparePopulation(gram: SpanGram, settings: AngleSettings): Population {
  const modules = selectModules(gram.modules, settings);
  const excluded = { missingRole: 0, zeroGradient: 0, notBothCorrect: 0, noAdvantage: 0 };
  const matrices: Float64Array[] = [];
  const splits = new Random(settings.seed).stream('split halves');
  let measured = 0;
  const groups = gram.blocks.map((block): Group => {
    const k = sumModules(block, gram.modules.length, modules);
    matrices.push(k);
    const n = block.spans.length;
    const byTrajectory = new Map<number, number[]>();
    block.spans.forEach((span, position) => {
      const { trajectory } = gram.spans[span];
      const list = byTrajectory.get(trajectory);
      if (list === undefined) byTrajectory.set(trajectory, [position]);
      else list.push(position);
    });
    measured += byTrajectory.size;
    const members: Member[] = [];
    const ordered = [...byTrajectory].sort(([x], [y]) => compareText(nameOf(gram, x), nameOf(gram, y)));
    for (const [index, all] of ordered) {
      const trajectory = gram.trajectories[index];
      const kept = all.filter((position) => entersAnalysis(gram.spans[block.spans[position]], settings.reasoning)).sort((x, y) => gram.spans[block.spans[x]].start - gram.spans[block.spans[y]].start);
      const positions = Int32Array.from(kept);
      const tool = Uint8Array.from(kept, (position) => (gram.spans[block.spans[position]].role === 'tool' ? 1 : 0));
      if (!tool.includes(0) || !tool.includes(1)) excluded.missingRole++;
      else if (!(squaredNorm(k, n, positions, tool, 0) > 0 && squaredNorm(k, n, positions, tool, 1) > 0)) excluded.zeroGradient++;
      else if (settings.bothCorrect && !(trajectory.reward !== null && trajectory.reward >= 1)) excluded.notBothCorrect++;
      else if (settings.advantage && (trajectory.advantage === null || trajectory.advantage === 0)) excluded.noAdvantage++;
      else members.push({ trajectory: index, fingerprint: trajectory.fingerprint, weight: settings.advantage ? trajectory.advantage! : 1, positions, tool });
    }
    const vectorOf = new Int32Array(n).fill(-1);
    members.forEach((member, at) => {
      const random = splits.stream(nameOf(gram, member.trajectory));
      for (const role of [0, 1]) {
        const own = random.shuffle([...member.positions].filter((_, index) => member.tool[index] === role));
        const first = Math.ceil(own.length / 2);
        own.forEach((position, rank) => {
          vectorOf[position] = PARTS * at + 2 * role + (rank < first ? 0 : 1);
        });
      }
    });
    return { question: questionOf(gram, block), block, k, members, vectorOf, q: aggregate(k, vectorOf, PARTS * members.length) };
  });
  groups.sort((x, y) => compareText(x.question, y.question) || compareText(x.block.group, y.block.group));
  return { modules, groups, measured, excluded, matrices };
}

function entersAnalysis(span: GramSpan, reasoning: AngleSettings['reasoning']): boolean {
  return span.role === 'tool' || reasoning === 'all' || span.kind === reasoning;
}

function squaredNorm(k: Float64Array, n: number, positions: Int32Array, tool: Uint8Array, role: number): number {
  let sum = 0;
  for (let i = 0; i < positions.length; i++) {
    if (tool[i] !== role) continue;
    for (let j = 0; j < positions.length; j++) if (tool[j] === role) sum += k[positions[i] * n + positions[j]];
  }
  return Number.isFinite(sum) ? sum : Number.NaN;
}

/** The cluster of the bootstrap: the question, or the group where there is no question text. */
function questionOf(gram: SpanGram, block: GramBlock): string {
  if (block.spans.length === 0) return block.group;
  const { question } = gram.trajectories[gram.spans[block.spans[0]].trajectory];
  return question === '' ? block.group : question;
}

function nameOf(gram: SpanGram, trajectory: number): string {
  const { id, fingerprint } = gram.trajectories[trajectory];
  return `${id}\n${fingerprint}`;
}

function compareText(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
