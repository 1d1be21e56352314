import { useDevice } from '../../state/device-store.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { formatCount, formatSignificant } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './device-page.module.css';

const COLUMNS = [
  { id: 'group', label: 'group', wide: true },
  { id: 'tensors', label: 'tensors', align: 'right' },
  { id: 'error', label: 'max relative error', align: 'right' },
  { id: 'tolerance', label: 'tolerance', align: 'right' },
  { id: 'verdict', label: 'verdict' },
] as const;

export function CheckTable() {
  const check = useDevice((state) => state.check);
  return (
    <section className={styles.section} aria-label="Golden check">
      <h2>Golden check</h2>
      {check.kind === 'failed' && (
        <Notice tone="bad" title={check.failure.message}>
          <p>{check.failure.remedy}</p>
        </Notice>
      )}
      {check.kind === 'done' ? (
        <DataTable
          caption="Largest error of each group, relative to its tensor’s largest value"
          columns={COLUMNS}
          rows={check.rows.map((row) => [row.group, formatCount(row.tensors), formatSignificant(row.error, 2), formatSignificant(row.tolerance, 2), <Verdict key="verdict" passed={row.passed} />])}
        />
      ) : (
        check.kind !== 'failed' && <p className={styles.note}>{check.kind === 'running' ? 'Comparing log-probabilities, gradients of both adapters and the span Gram.' : 'A table of log-probabilities, adapter gradients and span-Gram entries will stand here, each with its largest error, the tolerance and the verdict.'}</p>
      )}
      <p className={styles.note}>The golden values come from an independent float64 implementation with automatic differentiation. Agreement asked: |x − y| ≤ 10⁻⁴·max|y| + 10⁻⁶ for every element; plain f32 arithmetic reaches about 10⁻⁵.</p>
    </section>
  );
}

function Verdict({ passed }: { readonly passed: boolean }) {
  return passed ? (
    <span className={styles.passed}>
      <Icon name="check" size={16} /> agrees
    </span>
  ) : (
    <span className={styles.failed}>
      <Icon name="cancel" size={16} /> differs
    </span>
  );
}
