import { stepSeconds } from './aggregate.ts';
import type { Arm } from './arms.ts';
import type { StepReport } from './trainer.ts';

/** Adapters are held, and written to files, as float32. */
const BYTES_PER_PARAMETER = 4;

/** What an arm costs: what it holds, and the means of what its steps took. */
export interface ArmCost {
  readonly parameters: number;
  readonly adapterBytes: number;
  /** Key-value caches that a rollout holds: each agent has its own. */
  readonly caches: number;
  /** Steps that the means are of; 0: all of them are null. */
  readonly steps: number;
  /** Of a rollout; null also where steps have none (given trajectories). */
  readonly rollout: { readonly encoded: number; readonly reencoded: number; readonly seconds: number } | null;
  /** Seconds of a step, by what they went into. */
  readonly step: { readonly rollout: number; readonly forward: number; readonly backward: number; readonly optimiser: number; readonly total: number; readonly trainedTokens: number } | null;
}

/** @param parameters trainable ones @param rollouts of a step */
export function armCost(arm: Arm, parameters: number, reports: readonly StepReport[], rollouts: number): ArmCost {
  const mean = (valueOf: (report: StepReport) => number): number => reports.reduce((sum, report) => sum + valueOf(report), 0) / reports.length;
  const generated = reports.some(({ tokens }) => tokens.rollout > 0) && rollouts > 0;
  return {
    parameters,
    adapterBytes: BYTES_PER_PARAMETER * parameters,
    caches: arm.agents ? arm.adapters : 1,
    steps: reports.length,
    rollout: generated ? { encoded: mean(({ tokens }) => tokens.rollout) / rollouts, reencoded: mean(({ tokens }) => tokens.reencoded) / rollouts, seconds: mean(({ time }) => time.rollout) / 1000 / rollouts } : null,
    step:
      reports.length === 0
        ? null
        : {
            rollout: mean(({ time }) => time.rollout) / 1000,
            forward: mean(({ time }) => time.forward) / 1000,
            backward: mean(({ time }) => time.backward) / 1000,
            optimiser: mean(({ time }) => time.optimiser) / 1000,
            total: mean(stepSeconds),
            trainedTokens: mean(({ tokens }) => tokens.trained),
          },
  };
}

const NONE = '–';
const whole = (value: number): string => Math.round(value).toLocaleString('en');
const fixed = (value: number | undefined, digits: number): string => (value === undefined ? NONE : value.toFixed(digits));

/** One header for page, terminal and file. */
export const COST_COLUMNS = ['arm', 'adapters (bytes)', 'parameters', 'key-value caches', 'tokens encoded a rollout', 'of which again', 's a rollout', 's a step'] as const;

/** A row of the table under `COST_COLUMNS`. */
export function costCells(label: string, { parameters, adapterBytes, caches, rollout, step }: ArmCost): string[] {
  return [label, whole(adapterBytes), whole(parameters), String(caches), fixed(rollout?.encoded, 1), fixed(rollout?.reencoded, 1), fixed(rollout?.seconds, 3), fixed(step?.total, 2)];
}

/** An arm with its cost. */
export interface CostedArm {
  readonly arm: Arm;
  readonly cost: ArmCost;
}

/** The finding: what separate agents cost beside routed adapters, where both were trained; else what a step takes. */
export function costSentence(arms: readonly CostedArm[]): string {
  const agents = arms.find(({ arm, cost }) => arm.agents && cost.rollout !== null);
  const routed = [...arms].sort((a, b) => Number(b.arm.id === 'dart') - Number(a.arm.id === 'dart')).find(({ arm, cost }) => !arm.agents && arm.adapters > 1 && cost.rollout !== null);
  if (agents?.cost.rollout && routed?.cost.rollout) {
    const ratio = agents.cost.rollout.encoded / routed.cost.rollout.encoded;
    const again = (100 * agents.cost.rollout.reencoded) / agents.cost.rollout.encoded;
    const bytes = agents.cost.adapterBytes === routed.cost.adapterBytes ? 'as many bytes of adapters' : `${(agents.cost.adapterBytes / routed.cost.adapterBytes).toFixed(2)} times the bytes of adapters`;
    return `${agents.arm.label} hold ${bytes} and ${agents.cost.caches} key-value caches instead of ${routed.cost.caches}, and encode ${ratio.toFixed(2)} times the tokens of ${routed.arm.label}, ${again.toFixed(0)} % of them again`;
  }
  const timed = arms.flatMap(({ arm, cost }) => (cost.step === null ? [] : [`${cost.step.total.toFixed(1)} s in ${arm.label}`]));
  return timed.length === 0 ? 'What each arm holds' : `A step takes ${timed.join(', ')}`;
}
