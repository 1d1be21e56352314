import { useMemo } from 'react';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import { Shares } from '../../charts/shares/shares.tsx';
import type { SeesawState } from '../../state/seesaw/types.ts';
import { formatFixed } from '../../ui/format.ts';
import type { ShownArm } from './arm-runs.ts';
import { costOf } from './cost.ts';

const PARTS = [
  { id: 'rollout', label: 'Rollouts' },
  { id: 'forward', label: 'Forward' },
  { id: 'backward', label: 'Backward' },
  { id: 'optimiser', label: 'Optimiser' },
] as const;

interface Props {
  readonly run: Pick<SeesawState, 'config' | 'ready' | 'revision'>;
  readonly arms: readonly ShownArm[];
  readonly caption: string;
}

/** Where the time of a step goes, arm by arm. */
export function CostFigure({ run: { config, ready, revision }, arms, caption }: Props) {
  const costs = useMemo(
    () =>
      arms.flatMap((arm) => {
        const found = costOf(arm, config, ready);
        return found?.cost.step ? [{ arm, steps: found.cost.steps, cost: found.cost.step }] : [];
      }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- runs grow in place, which `revision` tells
    [arms, config, ready, revision],
  );
  if (costs.length === 0) return null;
  const columns = [{ id: 'arm', label: 'arm' }, ...['steps', ...PARTS.map(({ label }) => `${label.toLowerCase()} (s)`), 'step (s)', 'tokens trained on'].map((label) => ({ id: label, label, align: 'right' as const }))];
  const rows = costs.map(({ arm, steps, cost }) => [arm.arm.label, String(steps), ...PARTS.map(({ id }) => cost[id].toFixed(3)), cost.total.toFixed(3), cost.trainedTokens.toFixed(0)]);
  const note = 'Means over all steps. Forward: the log-probabilities that KL and further passes need. Backward holds its own forward.';
  return (
    <Figure
      compact
      title={`A step takes ${costs.map(({ arm, cost }) => `${formatFixed(cost.total, 1)} s in ${arm.arm.label}`).join(', ')}`}
      summary={note}
      table={{ caption: 'What a step costs', columns, rows }}
      exports={{ name: 'seesaw-step-time', caption: `${note} ${caption}`, csv: () => csv(columns.map((column) => column.label), rows, [caption]) }}
    >
      <Shares
        label={costs.map(({ arm, cost }) => `${arm.arm.label}: ${PARTS.map(({ id, label }) => `${label.toLowerCase()} ${formatFixed(cost[id], 1)} s`).join(', ')}`).join('. ')}
        unit="s"
        rows={costs.map(({ arm, cost }) => ({ id: arm.arm.id, label: arm.arm.label, slot: arm.slot, note: `${formatFixed(cost.total, 1)} s`, parts: PARTS.map(({ id, label }) => ({ id, label, value: cost[id] })) }))}
      />
    </Figure>
  );
}
