import { useMemo } from 'react';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import { Shares } from '../../charts/shares/shares.tsx';
import { formatCount, formatFixed, plural } from '../../ui/format.ts';
import type { ShownArm } from './arm-runs.ts';
import { type StepCost, stepCost } from './cost.ts';

const PARTS = [
  { id: 'rollout', label: 'Rollouts' },
  { id: 'forward', label: 'Forward' },
  { id: 'backward', label: 'Backward' },
  { id: 'optimiser', label: 'Optimiser' },
] as const;

/** What a step costs, arm by arm: time by its parts, and the tokens that hand-overs encode twice. */
export function CostFigure({ arms, caption, revision }: { readonly arms: readonly ShownArm[]; readonly caption: string; readonly revision: number }) {
  const costs = useMemo(
    () =>
      arms.flatMap((arm) => {
        const cost = stepCost(arm);
        return cost === null ? [] : [{ arm, cost }];
      }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- runs grow in place, which `revision` tells
    [arms, revision],
  );
  if (costs.length === 0) return null;
  const columns = [{ id: 'arm', label: 'arm' }, ...['steps', ...PARTS.map(({ label }) => `${label.toLowerCase()} (s)`), 'step (s)', 'rollout tokens', 're-encoded tokens', 'tokens trained on'].map((label) => ({ id: label, label, align: 'right' as const }))];
  const rows = costs.map(({ arm, cost }) => [arm.arm.label, String(cost.steps), ...PARTS.map(({ id }) => cost[id].toFixed(3)), cost.total.toFixed(3), cost.rolloutTokens.toFixed(0), cost.reencodedTokens.toFixed(0), cost.trainedTokens.toFixed(0)]);
  const note = `Means over all steps. Forward: the log-probabilities that KL and further passes need. Backward holds its own forward. ${reencoded(costs)}`;
  return (
    <Figure
      compact
      title={`A step takes ${costs.map(({ arm, cost }) => `${formatFixed(cost.total, 1)} s in ${arm.arm.label}`).join(', ')}`}
      summary={note}
      table={{ caption: 'What a step costs', columns, rows }}
      exports={{ name: 'seesaw-cost', caption: `${note} ${caption}`, csv: () => csv(columns.map((column) => column.label), rows, [caption]) }}
    >
      <Shares
        label={costs.map(({ arm, cost }) => `${arm.arm.label}: ${PARTS.map(({ id, label }) => `${label.toLowerCase()} ${formatFixed(cost[id], 1)} s`).join(', ')}`).join('. ')}
        unit="s"
        rows={costs.map(({ arm, cost }) => ({ id: arm.arm.id, label: arm.arm.label, slot: arm.slot, note: `${formatFixed(cost.total, 1)} s`, parts: PARTS.map(({ id, label }) => ({ id, label, value: cost[id] })) }))}
      />
    </Figure>
  );
}

/** Two agents read the context twice; a routed pair of adapters does not. */
function reencoded(costs: readonly { readonly arm: ShownArm; readonly cost: StepCost }[]): string {
  const twice = costs.filter(({ cost }) => cost.reencodedTokens > 0);
  if (twice.length === 0) return 'No token is encoded twice: one backbone, one key-value cache.';
  return twice.map(({ arm, cost }) => `${arm.arm.label} encodes ${plural(cost.reencodedTokens, 'token')} a step twice at hand-overs, ${formatFixed((100 * cost.reencodedTokens) / cost.rolloutTokens, 0)} % of ${formatCount(cost.rolloutTokens)}; the others none.`).join(' ');
}
