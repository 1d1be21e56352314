import type { GradientProducts } from '../engine/optimiser.ts';
import type { Arm } from './arms.ts';

/** Weight of loss l's gradient in the step of adapter u: [loss][adapter]. */
export type MixingWeights = readonly (readonly number[])[];

/** What the losses' gradients say of each other, before masks and clipping. */
export interface GradientReport {
  /** ‖∂L_l/∂θ_u‖: [loss][adapter]. */
  readonly norms: readonly (readonly number[])[];
  /** ‖∂L_l/∂θ_u‖ / ‖∂L_own(u)/∂θ_u‖ where u is not the loss's own adapter: [loss][adapter]; null where there is no such thing. */
  readonly leakage: readonly (readonly (number | null)[])[];
  /** Angle between the first two losses' gradients over all adapters, degrees; null where one of them is 0. */
  readonly angle: number | null;
}

export function gradientReport(arm: Arm, products: GradientProducts): GradientReport {
  const norms = products.map((row, loss) => row[loss].map((square) => Math.sqrt(Math.max(0, square))));
  const leakage = arm.abilities.map((_, loss) =>
    Array.from({ length: arm.adapters }, (__, adapter) => {
      const owner = arm.adapterOf.indexOf(adapter);
      if (arm.adapterOf[loss] === adapter || owner < 0 || norms[owner][adapter] === 0) return null;
      return norms[loss][adapter] / norms[owner][adapter];
    }),
  );
  return { norms, leakage, angle: products.length < 2 ? null : angleBetween(products, 0, 1) };
}

function angleBetween(products: GradientProducts, a: number, b: number): number | null {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const scale = Math.sqrt(sum(products[a][a]) * sum(products[b][b]));
  if (scale === 0) return null;
  return (Math.acos(Math.min(1, Math.max(-1, sum(products[a][b]) / scale))) * 180) / Math.PI;
}

/**
 * Weights of the losses in each adapter's step: the mask matrix, or for PCGrad (Yu et al. 2020, with two losses) on top
 * of it 1 − ⟨g_l, g_l'⟩/‖g_l‖² where the two disagree: g₁ + g₂ with each projected onto the other's normal plane.
 */
export function mixingWeights(arm: Arm, products: GradientProducts): MixingWeights {
  const mask = arm.mask.map((row) => row.map(Number));
  if (arm.surgery === 'none' || products.length !== 2) return mask;
  return mask.map((row, loss) =>
    row.map((allowed, adapter) => {
      const cross = products[0][1][adapter];
      const square = products[loss][loss][adapter];
      return cross < 0 && square > 0 && mask[1 - loss][adapter] > 0 ? allowed * (1 - cross / square) : allowed;
    }),
  );
}

/** ‖Σ_l w[l][u]·∂L_l/∂θ_u‖ over all adapters: what clipping looks at. */
export function mixedNorm(weights: MixingWeights, products: GradientProducts): number {
  let square = 0;
  products.forEach((row, left) =>
    row.forEach((adapters, right) =>
      adapters.forEach((product, adapter) => {
        square += weights[left][adapter] * weights[right][adapter] * product;
      }),
    ),
  );
  return Math.sqrt(Math.max(0, square));
}

export function clipFactor(norm: number, limit: number): number {
  return limit > 0 && norm > limit ? limit / norm : 1;
}
