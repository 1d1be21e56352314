import type { Writing } from '../agent/types.ts';

/** What a token that the model wrote counts for. `answer`: after `<answer>`, its closing tag included; `think`: the rest of reasoning. */
export const ABILITIES = ['reasoning', 'tool', 'think', 'answer'] as const;
export type Ability = (typeof ABILITIES)[number];

/**
 * A way of training, as data. Loss l is that of `abilities[l]`; positions that predict such a token use adapter
 * `adapterOf[l]`; `mask[l][u]` says whether loss l may update adapter u (SPEC: gradient mask matrix).
 */
export interface Arm {
  readonly id: string;
  readonly label: string;
  /** One sentence. */
  readonly description: string;
  readonly abilities: readonly Ability[];
  readonly adapters: number;
  /** Of each adapter; α is twice the rank. */
  readonly rank: number;
  readonly adapterOf: readonly number[];
  readonly mask: readonly (readonly (0 | 1)[])[];
  /**
   * `ability`: adapters by what is predicted. Controls: `halves`: the first adapter for the first part of a response;
   * `shuffled`: each stretch of one ability gets one of the adapters at random. Their losses go by adapter.
   */
  readonly routing: 'ability' | 'halves' | 'shuffled';
  /** `pcgrad` (Yu et al. 2020): each loss's gradient loses its component against the other's before they are added. */
  readonly surgery: 'none' | 'pcgrad';
  /** Two complete agents: each encodes everything with its own adapter. */
  readonly agents: boolean;
  /** False: nothing is trained (the frozen backbone). */
  readonly trained: boolean;
}

const BOTH = ['reasoning', 'tool'] as const;

/** Total rank of every arm by default: 16 in one adapter, 8 in each of two. */
export const DEFAULT_RANK = 16;

/** The arms of SPEC section 6 at a total rank (even). */
export function standardArms(totalRank = DEFAULT_RANK): readonly Arm[] {
  const one = { abilities: BOTH, adapters: 1, rank: totalRank, adapterOf: [0, 0], routing: 'ability', surgery: 'none', agents: false, trained: true } as const;
  const two = { ...one, adapters: 2, rank: totalRank / 2, adapterOf: [0, 1] } as const;
  const all = [[1, 1], [1, 1]] as const;
  return [
    { ...one, id: 'base', label: 'Base', description: 'The frozen backbone.', mask: [[0], [0]], trained: false },
    { ...one, id: 'joint', label: 'Joint', description: 'One adapter, all tokens in the loss.', mask: [[1], [1]] },
    { ...one, id: 'reasoning-only', label: 'Reasoning only', description: 'One adapter, only reasoning tokens in the loss.', mask: [[1], [0]] },
    { ...one, id: 'tool-only', label: 'Tool only', description: 'One adapter, only tool tokens in the loss.', mask: [[0], [1]] },
    { ...two, id: 'dart', label: 'DART', description: 'Two adapters routed by what is predicted; every loss may update both.', mask: all },
    { ...two, id: 'dart-strict', label: 'DART strict', description: 'Two adapters routed by what is predicted; each loss updates its own only.', mask: [[1, 0], [0, 1]] },
    { ...two, id: 'two-agents', label: 'Two agents', description: 'Two adapter sets that each encode the whole context.', mask: [[1, 0], [0, 1]], agents: true },
    { ...two, id: 'shuffled', label: 'Shuffled roles', description: 'Control: two adapters, each stretch of tokens given to one at random.', mask: all, routing: 'shuffled' },
    { ...two, id: 'halves', label: 'Halves', description: 'Control: two adapters, for the first and the second part of a response.', mask: all, routing: 'halves' },
    { ...one, id: 'pcgrad', label: 'PCGrad', description: 'Control: one adapter; where the two gradients disagree, each loses its part against the other.', mask: [[1], [1]], surgery: 'pcgrad' },
  ];
}

/** Response tokens of the first part in the `halves` control: about half of a typical response of the bundled backbone. */
const HALF = 40;

/** How an arm writes its rollouts. */
export function writingOf(arm: Arm): Writing {
  if (!arm.trained) return { kind: 'routed', reasoning: arm.adapters, tool: arm.adapters };
  const adapter = (...wanted: Ability[]): number | undefined => {
    const at = arm.abilities.findIndex((ability) => wanted.includes(ability));
    return at < 0 ? undefined : arm.adapterOf[at];
  };
  const reasoning = adapter('reasoning', 'think') ?? 0;
  const tool = adapter('tool') ?? reasoning;
  if (arm.agents) return { kind: 'agents', reasoning, tool, keepCaches: true };
  const answer = adapter('answer');
  return {
    kind: 'routed',
    reasoning,
    tool,
    ...(answer === undefined ? {} : { answer }),
    ...(arm.routing === 'halves' ? { control: { kind: 'halves' as const, at: HALF } } : arm.routing === 'shuffled' ? { control: { kind: 'shuffled' as const } } : {}),
  };
}

/** Why an arm cannot be trained, in one sentence; null where it can. */
export function armProblem({ abilities, adapters, rank, adapterOf, mask }: Arm): string | null {
  if (!Number.isInteger(adapters) || adapters < 1 || adapters > 8) return 'An arm needs 1 to 8 adapters.';
  if (!Number.isInteger(rank) || rank < 1 || rank > 256) return 'The rank of an adapter must be a whole number from 1 to 256.';
  if (abilities.length === 0 || new Set(abilities).size < abilities.length) return 'Every ability of an arm may stand once.';
  if (abilities.includes('reasoning') && (abilities.includes('think') || abilities.includes('answer'))) return 'Reasoning holds think and answer already; use either.';
  if (adapterOf.length !== abilities.length || adapterOf.some((adapter) => !Number.isInteger(adapter) || adapter < 0 || adapter >= adapters)) return 'Every ability needs one of the adapters.';
  if (mask.length !== abilities.length || mask.some((row) => row.length !== adapters)) return 'The mask matrix needs a row for each ability and a column for each adapter.';
  return null;
}
