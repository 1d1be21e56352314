import type { Rollout } from '../agent/types.ts';
import type { DecoderApi, EngineSequence } from '../engine/types.ts';

/** The largest and the summed |Δ log π| over tokens. */
export interface ParitySum {
  readonly rollouts: number;
  readonly tokens: number;
  readonly max: number;
  readonly sum: number;
}

export const NO_PARITY: ParitySum = { rollouts: 0, tokens: 0, max: 0, sum: 0 };

/** A forward of the engine that checks some of a rollout's sampled tokens. */
export interface ParityForward {
  readonly rollout: Rollout;
  readonly sequence: EngineSequence;
  /** Tokens whose log-probability it gives. */
  readonly targets: readonly number[];
}

/**
 * The forwards that check a rollout. One cache: one forward with the adapters as they were used. Two agents: each has read
 * the whole context with its own adapter, so each is a forward of its own, which checks the tokens that this agent wrote.
 */
export function parityForwards(rollout: Rollout, kind: 'routed' | 'agents'): ParityForward[] {
  const { tokens, adapters, logprobs } = rollout;
  const sampled: number[] = [];
  for (let at = 1; at < tokens.length; at++) if (!Number.isNaN(logprobs[at])) sampled.push(at);
  if (sampled.length === 0) return [];
  if (kind === 'routed') return [{ rollout, sequence: { tokens, adapters }, targets: sampled }];
  const writers = [...new Set(sampled.map((at) => adapters[at - 1]))];
  return writers.map((writer) => ({
    rollout,
    sequence: { tokens, adapters: new Uint8Array(tokens.length).fill(writer) },
    targets: sampled.filter((at) => adapters[at - 1] === writer),
  }));
}

/** Runs some forwards together and adds what they differ by. */
export async function compare(decoder: Pick<DecoderApi, 'logLikelihood'>, forwards: readonly ParityForward[], before: ParitySum): Promise<ParitySum> {
  const results = await decoder.logLikelihood(forwards.map(({ sequence }) => sequence));
  let { tokens, max, sum } = before;
  forwards.forEach(({ rollout, targets }, index) => {
    for (const at of targets) {
      const difference = Math.abs(rollout.logprobs[at] - results[index][at - 1]);
      // Not a number where one side overflowed: that is the largest difference there is.
      max = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(max, difference);
      sum += difference;
      tokens += 1;
    }
  });
  return { rollouts: before.rollouts, tokens, max, sum };
}
