import { useMemo } from 'react';
import { csv } from '../../charts/export/csv.ts';
import type { SeesawState } from '../../state/seesaw/types.ts';
import { COST_COLUMNS, costCells, costSentence } from '../../training/cost.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { downloadText } from '../../ui/download.ts';
import { Icon } from '../../ui/icon.tsx';
import type { ArmRuns } from './arm-runs.ts';
import { costOf } from './cost.ts';
import styles from './runs-table.module.css';

interface Props {
  readonly run: Pick<SeesawState, 'config' | 'ready' | 'revision'>;
  readonly arms: readonly ArmRuns[];
  readonly caption: string;
}

const NOTE =
  'Measured, means over all steps of all seeds. Adapters are float32. All arms share one frozen backbone; of two agents each keeps a key-value cache of its own and encodes again what the other has written, where a routed pair of adapters reads one cache. Published, not measured here: 8P for two agents against P.';

/** What every arm of the run holds and spends. */
export function CostTable({ run: { config, ready, revision }, arms, caption }: Props) {
  const costs = useMemo(
    () => arms.map((arm) => costOf(arm, config, ready)).filter((cost) => cost !== null),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- runs grow in place, which `revision` tells
    [arms, config, ready, revision],
  );
  if (costs.length === 0) return null;
  const rows = costs.map(({ arm, cost }) => costCells(arm.label, cost));
  const save = () => downloadText(csv(COST_COLUMNS, rows.map((cells) => cells.map((cell) => (cell === '–' ? '' : cell.replaceAll(',', '')))), [costSentence(costs), NOTE, caption]), 'seesaw-cost-table.csv', 'text/csv');
  return (
    <section className={styles.section} aria-labelledby="cost-title">
      <div className={styles.head}>
        <h2 className={styles.title} id="cost-title">
          {costSentence(costs)}
        </h2>
        <Button size="small" variant="quiet" onClick={save}>
          <Icon name="export" size={16} />
          Export costs
        </Button>
      </div>
      <DataTable caption={NOTE} columns={COST_COLUMNS.map((label, index) => ({ id: label, label, align: index === 0 ? 'left' : 'right' }))} rows={rows} />
    </section>
  );
}
