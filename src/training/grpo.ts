import type { Denominator, TrainingSettings } from './settings.ts';

/** A rollout as the loss sees it. Arrays have one entry a token. */
export interface Scored {
  readonly advantage: number;
  /** Index of the loss each token is in, or −1. */
  readonly abilities: Int8Array;
  /** log π of the policy that sampled the tokens, nats. */
  readonly old: Float32Array;
}

/** What the policy and the frozen backbone say now; `null` where it was not asked (first pass: ratio 1). */
export interface Current {
  readonly policy: Float32Array | null;
  readonly reference: Float32Array | null;
}

export interface WeightedBatch {
  /** [loss][rollout][token]: the loss is Σ −w·log π, up to terms without gradient. */
  readonly weights: readonly (readonly Float32Array[])[];
  /** Share of tokens whose ratio was clipped, mean k3 KL to the backbone (nats, 0 where it was not asked), largest |ratio − 1|. */
  readonly clipFraction: number;
  readonly kl: number;
  readonly ratioError: number;
}

/** Z of each loss: what the sum over its tokens is divided by. */
export function denominators(rollouts: readonly Pick<Scored, 'abilities'>[], losses: number, denominator: Denominator): number[] {
  const counts = new Array<number>(losses).fill(0);
  for (const { abilities } of rollouts) for (const ability of abilities) if (ability >= 0) counts[ability] += 1;
  const all = counts.reduce((a, b) => a + b, 0);
  return counts.map((count) => (denominator === 'sum' ? 1 : Math.max(1, denominator === 'response' ? all : count)));
}

/**
 * Token weights of GRPO with ratio clipping (Shao et al. 2024; SPEC section 3). With ρ = π/π_old, the gradient of
 * −min(ρA, clip(ρ, 1 − ε, 1 + ε)A) is −ρA·∇log π, or 0 where the clipped branch is the smaller one. The k3 estimate of
 * KL to the backbone, e^d − d − 1 with d = log π_ref − log π, adds β(1 − e^d)·∇log π.
 * @param old log-probabilities without a value (NaN) count as the present ones
 */
export function grpoWeights(rollouts: readonly Scored[], current: readonly Current[], losses: number, { denominator, clipRatio, kl }: Pick<TrainingSettings, 'denominator' | 'clipRatio' | 'kl'>): WeightedBatch {
  const z = denominators(rollouts, losses, denominator);
  let clipped = 0;
  let tokens = 0;
  let divergence = 0;
  let ratioError = 0;
  const weights = Array.from({ length: losses }, () => rollouts.map(({ abilities }) => new Float32Array(abilities.length)));
  rollouts.forEach(({ advantage, abilities, old }, row) => {
    const { policy, reference } = current[row];
    abilities.forEach((ability, token) => {
      if (ability < 0) return;
      tokens += 1;
      const now = policy?.[token] ?? NaN;
      const ratio = Number.isNaN(now) || Number.isNaN(old[token]) ? 1 : Math.exp(now - old[token]);
      ratioError = Math.max(ratioError, Math.abs(ratio - 1));
      const beyond = (advantage > 0 && ratio > 1 + clipRatio) || (advantage < 0 && ratio < 1 - clipRatio);
      if (beyond) clipped += 1;
      let weight = beyond ? 0 : ratio * advantage;
      const own = Number.isNaN(now) ? old[token] : now;
      const difference = (reference?.[token] ?? NaN) - own;
      if (!Number.isNaN(difference)) {
        divergence += Math.exp(difference) - difference - 1;
        weight -= kl * (1 - Math.exp(difference));
      }
      weights[ability][row][token] = weight / z[ability];
    });
  });
  return { weights, clipFraction: tokens === 0 ? 0 : clipped / tokens, kl: tokens === 0 ? 0 : divergence / tokens, ratioError };
}
