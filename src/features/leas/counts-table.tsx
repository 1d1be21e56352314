import { useMemo, useState } from 'react';
import { MODEL_LABELS, type Model, MODELS } from '../../core/leas/models.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { formatCount } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import styles from './leas-page.module.css';
import type { QuestionRow } from './map-rows.ts';
import { setLeasPage } from './page-store.ts';

type SortBy = Model | 'order';

const PAGE = 50;

/** Right answers of rollouts, question by question and model by model, as they were counted. */
export function CountsTable({ rows }: { readonly rows: readonly QuestionRow[] }) {
  const [sort, setSort] = useState<SortBy>('order');
  const [highest, setHighest] = useState(true);
  const [page, setPage] = useState(0);
  const sorted = useMemo(() => sortCounts(rows, sort, highest), [rows, sort, highest]);
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE));
  const at = Math.min(page, pages - 1);
  const shown = sorted.slice(at * PAGE, (at + 1) * PAGE);
  return (
    <section className={styles.section} aria-labelledby="counts-title">
      <div className={styles.sectionHead}>
        <h2 className={styles.sectionTitle} id="counts-title">
          Right answers
        </h2>
        <div className={styles.bar}>
          <SelectField<SortBy> label="Sort by" value={sort} options={[{ value: 'order', label: 'As asked' }, ...MODELS.map((model) => ({ value: model, label: MODEL_LABELS[model] }))]} onChange={setSort} />
          <CheckField label="Highest first" checked={highest} onChange={setHighest} />
        </div>
      </div>
      <DataTable
        caption={`k right answers of n, questions ${formatCount(at * PAGE + 1)} to ${formatCount(at * PAGE + shown.length)} of ${formatCount(sorted.length)}; all of them in counts.csv`}
        columns={[{ id: 'question', label: 'Question', wide: true }, { id: 'hops', label: 'Hops', align: 'right' }, ...MODELS.map((model) => ({ id: model, label: MODEL_LABELS[model], align: 'right' as const }))]}
        rows={shown.map((row) => [
          <button key="question" type="button" className={styles.rowButton} onClick={() => setLeasPage({ question: row.id })}>
            {row.text}
          </button>,
          row.hops === '' ? '–' : row.hops,
          ...MODELS.map((model) => {
            const count = row.effects?.counts[model];
            return count === undefined ? '–' : `${count.k}/${count.n}`;
          }),
        ])}
        maxHeight={420}
      />
      {pages > 1 && (
        <div className={styles.buttons}>
          <Button size="small" aria-disabled={at === 0} onClick={() => at > 0 && setPage(at - 1)}>
            Previous 50
          </Button>
          <Button size="small" aria-disabled={at === pages - 1} onClick={() => at < pages - 1 && setPage(at + 1)}>
            Next 50
          </Button>
        </div>
      )}
    </section>
  );
}

/** By share right; questions without counts of the model stand last. */
export function sortCounts(rows: readonly QuestionRow[], by: SortBy, highest: boolean): readonly QuestionRow[] {
  if (by === 'order') return rows;
  const share = (row: QuestionRow): number | null => {
    const count = row.effects?.counts[by];
    return count === undefined ? null : count.k / count.n;
  };
  const sign = highest ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [share(a), share(b)];
    return (x === null || y === null ? Number(x === null) - Number(y === null) : sign * (x - y)) || a.order - b.order;
  });
}
