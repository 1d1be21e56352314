import type { CurvePoint, YKind } from '../../charts/curves/curve-layout.ts';
import type { Arm } from '../../training/arms.ts';
import type { StepReport } from '../../training/trainer.ts';
import { formatDegrees, formatFixed, formatSignificant } from '../../ui/format.ts';
import type { ArmRuns } from './arm-runs.ts';
import { smooth } from './smoothing.ts';

/** One figure that every step tells. */
export interface StepMetric {
  readonly id: string;
  readonly name: string;
  readonly kind: YKind;
  readonly meaning: string;
  readonly unit: string;
  /** Not drawn where it is 0 at every step. */
  readonly optional?: true;
  readonly format: (value: number) => string;
  /** Null where the arm has no such thing. */
  readonly valueOf: (report: StepReport, arm: Arm) => number | null;
}

export function formatShare(value: number): string {
  return `${formatFixed(100 * value, 0)}\u00a0%`;
}

const compact = (value: number): string => formatSignificant(value, 2);

export const PLAIN_METRICS: readonly StepMetric[] = [
  { id: 'reward', name: 'Reward', kind: 'share', unit: 'share', meaning: 'Mean exact match of the step’s own rollouts, on training questions.', format: formatShare, valueOf: ({ reward }) => reward },
  { id: 'angle', name: 'R–T angle', kind: 'angle', unit: '°', meaning: 'Angle between the gradients of the two losses over all adapters, before masks. 90° is independence, above it conflict.', format: (value) => formatDegrees(value, 0), valueOf: ({ gradients }) => gradients.angle },
  { id: 'entropy', name: 'Entropy', kind: 'positive', unit: 'nats', meaning: '−mean log π of the sampled tokens, nats: 0 is a policy that no longer explores.', format: compact, valueOf: ({ entropy }) => entropy },
  { id: 'live', name: 'Groups that teach', kind: 'share', unit: 'share', meaning: 'Share of rollouts in groups whose rewards differ; the others have no advantage.', format: formatShare, valueOf: ({ live }) => live },
  { id: 'norm', name: 'Gradient norm', kind: 'positive', unit: '', meaning: 'Norm of the whole gradient after the mask and before clipping.', format: compact, valueOf: ({ norm }) => norm },
  { id: 'length', name: 'Length', kind: 'positive', unit: 'tokens', meaning: 'Tokens that the model writes in a rollout, on the average.', format: compact, valueOf: ({ length }) => length },
  { id: 'kl', name: 'KL to the backbone', optional: true, kind: 'positive', unit: 'nats', meaning: 'k3 estimate per token, nats. It is measured only where its weight β is above 0.', format: compact, valueOf: ({ kl }) => kl },
  { id: 'clip', name: 'Clip fraction', optional: true, kind: 'positive', unit: 'share', meaning: 'Share of tokens whose ratio the clipping holds back; 0 on a single pass, which is on-policy.', format: formatShare, valueOf: ({ clipFraction }) => clipFraction },
];

/** Figures that exist once an ability. */
export type AbilityFigure = 'loss' | 'own' | 'other' | 'leakage';

/**
 * The figures of one ability over these arms. Where an arm has more than one other adapter, norms and leakage there are
 * one figure an adapter: all entries, not only the largest.
 */
export function abilityMetrics(figure: AbilityFigure, ability: string, arms: readonly Arm[]): readonly StepMetric[] {
  const most = Math.max(...arms.map(({ adapters }) => adapters));
  if ((figure !== 'other' && figure !== 'leakage') || most <= 2) return [abilityMetric(figure, ability)];
  const plain = abilityMetric(figure, ability);
  const reaches = (arm: Arm, adapter: number): number => {
    const at = arm.abilities.findIndex((name) => name === ability);
    return adapter < arm.adapters && arm.adapterOf[at] !== adapter ? at : -1;
  };
  const others = Array.from({ length: most }, (_, adapter) => adapter).filter((adapter) => arms.some((arm) => reaches(arm, adapter) >= 0));
  return others.map((adapter): StepMetric => {
    const served = [...new Set(arms.flatMap(({ abilities, adapterOf }) => abilities.filter((_, index) => adapterOf[index] === adapter)))];
    return {
      ...plain,
      id: `${plain.id}-${adapter + 1}`,
      name: `${figure === 'leakage' ? 'Leakage' : 'Gradient norm'}, ${ability} → adapter ${adapter + 1}${served.length === 0 ? '' : ` (${served.join(', ')})`}`,
      valueOf: ({ gradients }, arm) => {
        const at = reaches(arm, adapter);
        return at < 0 ? null : (gradients[figure === 'leakage' ? 'leakage' : 'norms'].at(at)?.at(adapter) ?? null);
      },
    };
  });
}

export function abilityMetric(figure: AbilityFigure, ability: string): StepMetric {
  const at = ({ abilities }: Arm): number => abilities.findIndex((name) => name === ability);
  const others = (arm: Arm, values: readonly (number | null)[]): number | null => {
    const found = values.filter((value, adapter) => value !== null && adapter !== arm.adapterOf[at(arm)]).map(Number);
    return found.length === 0 ? null : Math.max(...found);
  };
  const shared = { format: compact, unit: '' } as const;
  switch (figure) {
    case 'loss':
      return { ...shared, id: `loss-${ability}`, name: `Loss of ${ability}`, kind: 'any', meaning: 'Advantage-weighted negative log-likelihood of the tokens of this ability; its sign follows the advantages.', valueOf: ({ losses }, arm) => (at(arm) < 0 ? null : losses[at(arm)]) };
    case 'own':
      return { ...shared, id: `norm-${ability}-own`, name: `Gradient norm, ${ability} in its own adapter`, kind: 'positive', meaning: '‖∂L/∂θ‖ before masks and clipping, in the adapter that predicts these tokens.', valueOf: ({ gradients }, arm) => (at(arm) < 0 ? null : gradients.norms[at(arm)][arm.adapterOf[at(arm)]]) };
    case 'other':
      return { ...shared, id: `norm-${ability}-other`, name: `Gradient norm, ${ability} in the other adapter`, kind: 'positive', meaning: '‖∂L/∂θ‖ before masks and clipping, in the adapter that predicts the other tokens (the largest of several). It gets there through attention.', valueOf: ({ gradients }, arm) => (at(arm) < 0 ? null : others(arm, gradients.norms[at(arm)])) };
    case 'leakage':
      return { ...shared, id: `leakage-${ability}`, name: `Leakage of ${ability}`, kind: 'positive', meaning: 'Its gradient norm in the other adapter over the norm of that adapter’s own loss (the largest of several). Measured before the mask, which may stop it.', valueOf: ({ gradients }, arm) => (at(arm) < 0 ? null : others(arm, gradients.leakage[at(arm)])) };
  }
}

/** Means over the counted runs, smoothed, and what they are made from; the standard error over seeds where there are several. */
export function stepPoints({ arm, counted, runs }: ArmRuns, { valueOf }: StepMetric, smoothing: number): { readonly points: CurvePoint[]; readonly raw: CurvePoint[][] } {
  const own = counted.map((run) => run.steps.map((report) => ({ x: report.step, y: finite(valueOf(report, arm)) })));
  const xs = [...new Set(own.flatMap((list) => list.map(({ x }) => x)))].sort((a, b) => a - b);
  const means = xs.map((x) => {
    const values = own.flatMap((list) => list.filter((point) => point.x === x && point.y !== null).map(({ y }) => Number(y)));
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  });
  const smoothed = smooth(means, smoothing);
  const points = xs.flatMap((x, index): CurvePoint[] => (smoothed[index] === null ? [] : [{ x, y: smoothed[index], error: null }]));
  const begun = runs.filter(({ steps }) => steps.length > 0);
  if (begun.length < 2 && smoothing === 0) return { points, raw: [] };
  const raw = begun.map((run) =>
    run.steps.flatMap((report): CurvePoint[] => {
      const y = finite(valueOf(report, arm));
      return y === null ? [] : [{ x: report.step, y, error: null }];
    }),
  );
  return { points, raw };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
