import { stackAdapters } from '../backbone/adapters.ts';
import type { DecoderConfig, LoraAdapter } from '../backbone/types.ts';
import type { RolloutWriter } from '../agent/rollouts.ts';
import type { Writing } from '../agent/types.ts';
import type { LeasArm, LeasWriter } from '../core/leas/writers.ts';
import type { OpenedTrainable } from './learner.ts';
import type { LoadedArms } from './leas-models.ts';
import { LeasError } from './leas-plan.ts';
import type { StackedAdapters } from './run-adapters.ts';

/**
 * Arms whose adapters share a session, in the order in which they are stacked. A position costs the product of all of a
 * session's adapters, so that those of the seven models do not carry those that only stand beside them.
 */
const GROUPS: readonly (readonly LeasArm[])[] = [
  ['reasoning-only', 'tool-only', 'joint'],
  ['dart', 'two-agents'],
];

interface Held extends OpenedTrainable {
  readonly shape: string;
  seed: number;
}

/** Sessions of a run: each is opened once, and only its adapters change between training seeds. */
export class LeasSessions {
  readonly #seeds: ReadonlyMap<number, LoadedArms>;
  readonly #config: DecoderConfig;
  readonly #open: (adapters: StackedAdapters) => Promise<OpenedTrainable>;
  readonly #held: (Held | null)[] = GROUPS.map(() => null);

  constructor(seeds: ReadonlyMap<number, LoadedArms>, config: DecoderConfig, open: (adapters: StackedAdapters) => Promise<OpenedTrainable>) {
    this.#seeds = seeds;
    this.#config = config;
    this.#open = open;
  }

  get notes(): readonly string[] {
    return [...new Set(this.#held.flatMap((held) => held?.session.notes ?? []))];
  }

  /** What each writer of a training seed writes with. @throws BackboneError where adapters cannot share a session */
  async writers(seed: number, wanted: readonly LeasWriter[]): Promise<readonly RolloutWriter[]> {
    const groups = new Map<number, OpenedTrainable>();
    const writers: RolloutWriter[] = [];
    for (const writer of wanted) {
      const group = this.#groupOf(writer, seed);
      const opened = groups.get(group) ?? (await this.#session(group, seed));
      groups.set(group, opened);
      writers.push({ session: opened.session, writing: this.#writing(writer, group, opened.session.baseAdapter) });
    }
    return writers;
  }

  /** Opens the first session that the training seed needs. */
  async first(seed: number): Promise<OpenedTrainable> {
    return this.#session(this.#groupOf('base', seed), seed);
  }

  /** A session whose device is gone may never finish going; nobody waits for it. */
  close(): void {
    this.#held.forEach((held, group) => {
      held?.session.destroy().catch(() => undefined);
      this.#held[group] = null;
    });
  }

  /** Base needs no adapter: it writes with whichever session there is. */
  #groupOf(writer: LeasWriter, seed: number): number {
    if (writer !== 'base') return GROUPS[1].some((arm) => arm === PLACE[writer][0]) ? 1 : 0;
    const arms = this.#seeds.get(seed);
    return GROUPS[0].some((arm) => arms?.has(arm)) ? 0 : 1;
  }

  async #session(group: number, seed: number): Promise<OpenedTrainable> {
    const held = this.#held[group];
    if (held?.seed === seed) return held;
    const stacked = this.#stack(group, seed);
    const { count, rank, alpha } = stacked.layout.spec;
    const shape = `${count} ${rank} ${alpha}`;
    if (held?.shape === shape) {
      held.session.setParameters(stacked.values);
      held.seed = seed;
      return held;
    }
    held?.session.destroy().catch(() => undefined);
    this.#held[group] = null;
    const opened = { ...(await this.#open(stacked)), shape, seed };
    this.#held[group] = opened;
    return opened;
  }

  /** Adapters of the group's arms that any training seed has; where this one lacks an arm another stands in its place, which nobody uses. */
  #stack(group: number, seed: number): StackedAdapters {
    const own = this.#seeds.get(seed);
    const adapters = this.#arms(group).map((arm) => own?.get(arm)?.adapters ?? null);
    const filler: LoraAdapter | undefined = adapters.find((list) => list !== null)?.[0];
    if (filler === undefined) throw new LeasError(`Training seed ${seed} has no adapters.`, 'Open adapters of every training seed, or train them here.');
    return stackAdapters(this.#config, this.#arms(group).flatMap((arm, index) => adapters[index] ?? Array.from({ length: sizeOf(arm) }, () => filler)));
  }

  #arms(group: number): readonly LeasArm[] {
    return GROUPS[group].filter((arm) => [...this.#seeds.values()].some((arms) => arms.has(arm)));
  }

  /** Number of an arm's adapter in its group's session. */
  #adapter(group: number, arm: LeasArm, index: number): number {
    const arms = this.#arms(group);
    return arms.slice(0, arms.indexOf(arm)).reduce((sum, before) => sum + sizeOf(before), 0) + index;
  }

  #writing(writer: LeasWriter, group: number, base: number): Writing {
    const place = (at: Place): number => (at === 'base' ? base : this.#adapter(group, at[0], at[1]));
    if (writer === 'base') return { kind: 'routed', reasoning: base, tool: base };
    const [, kind, reasoning, tool] = PLACE[writer];
    return kind === 'agents' ? { kind, reasoning: place(reasoning), tool: place(tool), keepCaches: true } : { kind, reasoning: place(reasoning), tool: place(tool) };
  }
}

/** An arm's adapter, or the frozen backbone. */
type Place = 'base' | readonly [arm: LeasArm, adapter: 0 | 1];

const REASONING: Place = ['reasoning-only', 0];
const TOOL: Place = ['tool-only', 0];
const UNI: Place = ['joint', 0];

/**
 * An arm of the session, how it writes, and who writes reasoning and tool tokens. Hybrids and two agents are two complete
 * writers, each of which reads everything with its own adapter; DART's adapters share one context, routed by token.
 */
const PLACE: Readonly<Record<Exclude<LeasWriter, 'base'>, readonly [session: LeasArm, kind: Writing['kind'], reasoning: Place, tool: Place]>> = {
  m_reas: ['joint', 'routed', REASONING, REASONING],
  m_tool: ['joint', 'routed', TOOL, TOOL],
  m_uni: ['joint', 'routed', UNI, UNI],
  h_tool: ['joint', 'agents', 'base', TOOL],
  h_reas: ['joint', 'agents', REASONING, 'base'],
  h_both: ['joint', 'agents', REASONING, TOOL],
  dart: ['dart', 'routed', ['dart', 0], ['dart', 1]],
  dart_reasoning: ['dart', 'routed', ['dart', 0], 'base'],
  dart_tool: ['dart', 'routed', 'base', ['dart', 1]],
  two_agents: ['dart', 'agents', ['two-agents', 0], ['two-agents', 1]],
};

function sizeOf(arm: LeasArm): number {
  return arm === 'dart' || arm === 'two-agents' ? 2 : 1;
}
