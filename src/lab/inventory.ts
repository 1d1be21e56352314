import { sha256 } from '../backbone/sha256.ts';
import type { GramSpan, GramTrajectory } from '../core/gram/types.ts';
import { groupAdvantages } from '../core/trajectory/reward.ts';
import type { EncodedTrajectory, Trajectory } from '../core/trajectory/types.ts';
import type { TokenRange } from '../engine/types.ts';
import type { TrajectoryView } from './events.ts';

/** The trajectories of one question, at consecutive places of the inventory. */
export interface RunGroup {
  readonly name: string;
  /** Indices into the inventory's trajectories: first, and one behind the last. */
  readonly start: number;
  readonly end: number;
  /** Indices into the inventory's spans, ascending. */
  readonly spans: readonly number[];
}

export interface RunInventory {
  /** In the order of the run: groups as they first appear in the file, their trajectories together. */
  readonly encoded: readonly EncodedTrajectory[];
  readonly views: readonly TrajectoryView[];
  readonly trajectories: readonly GramTrajectory[];
  readonly spans: readonly GramSpan[];
  /** Token ranges of each trajectory's spans, in the order of `spans`. */
  readonly ranges: readonly (readonly TokenRange[])[];
  readonly groups: readonly RunGroup[];
  readonly tokens: number;
}

/** Equal exactly for equal token ids. 64 bits: among 100,000 trajectories a chance collision has probability 3e-10. */
async function fingerprintOf(tokens: Uint32Array): Promise<string> {
  return (await sha256(new Uint8Array(Uint32Array.from(tokens).buffer))).slice(0, 16);
}

/** Trajectories by group, groups in the order of their first appearance, at most `maxGroups` (0: all). */
function inGroups(encoded: readonly EncodedTrajectory[], maxGroups: number): EncodedTrajectory[][] {
  const groups = new Map<string, EncodedTrajectory[]>();
  for (const trajectory of encoded) {
    const known = groups.get(trajectory.source.group);
    if (known) known.push(trajectory);
    else if (maxGroups === 0 || groups.size < maxGroups) groups.set(trajectory.source.group, [trajectory]);
  }
  return [...groups.values()];
}

/**
 * Everything that is known before the first gradient.
 * @param all the file's trajectories, refused ones included: an advantage is relative to every rollout of its question
 */
export async function takeInventory(encoded: readonly EncodedTrajectory[], all: readonly Trajectory[], maxGroups: number): Promise<RunInventory> {
  const advantages = groupAdvantages(all.map(({ reward }) => reward ?? null), all.map(({ group }) => group));
  const advantageOf = new Map(all.map((trajectory, index) => [trajectory, advantages[index]]));
  const ordered: EncodedTrajectory[] = [];
  const views: TrajectoryView[] = [];
  const trajectories: GramTrajectory[] = [];
  const spans: GramSpan[] = [];
  const ranges: TokenRange[][] = [];
  const groups: RunGroup[] = [];
  for (const members of inGroups(encoded, maxGroups)) {
    const [start, firstSpan] = [ordered.length, spans.length];
    for (const trajectory of members) {
      const { source, tokens, roles, adapters, pieces } = trajectory;
      const reward = source.reward ?? null;
      const index = ordered.length;
      ordered.push(trajectory);
      views.push({ id: source.id, group: source.group, question: source.question, goldenAnswers: source.goldenAnswers, reward, pieces, roles, adapters, spans: trajectory.spans });
      trajectories.push({ id: source.id, question: source.question, group: source.group, reward, advantage: advantageOf.get(source) ?? null, fingerprint: await fingerprintOf(tokens), tokens: tokens.length });
      const own: TokenRange[] = [];
      for (const span of trajectory.spans) {
        // Token 0 is predicted by nothing: a span that is only that token has no loss and no gradient.
        const from = Math.max(1, span.start);
        if (span.kind === 'prompt' || span.kind === 'observation' || from >= span.end) continue;
        spans.push({ trajectory: index, role: span.kind === 'tool' ? 'tool' : 'reasoning', kind: span.kind, start: from, end: span.end, loss: Number.NaN });
        own.push({ start: from, end: span.end });
      }
      ranges.push(own);
    }
    groups.push({ name: members[0].source.group, start, end: ordered.length, spans: Array.from({ length: spans.length - firstSpan }, (_, i) => firstSpan + i) });
  }
  const tokens = ordered.reduce((sum, trajectory) => sum + trajectory.tokens.length, 0);
  return { encoded: ordered, views, trajectories, spans, ranges, groups, tokens };
}
