import { memo, useId, useMemo, useRef, useState } from 'react';
import type { Rollout } from '../../agent/types.ts';
import { formatCount, formatFixed } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { arrangeRows, type ResultFilter, type SortKey, type Sorting } from './result-rows.ts';
import styles from './results-table.module.css';
import { FINISH } from './words.ts';

interface Props {
  readonly rollouts: readonly Rollout[];
  /** Labels of the writers; their column is left out where there is one. */
  readonly writers: readonly string[];
  readonly shown: string | null;
  readonly onShow: (id: string) => void;
  readonly sorting: Sorting;
  readonly onSorting: (sorting: Sorting) => void;
  readonly filter: ResultFilter;
  readonly onFilter: (filter: ResultFilter) => void;
}

interface Column {
  readonly key: SortKey;
  readonly label: string;
  readonly number?: boolean;
  readonly cell: (rollout: Rollout) => string;
}

const YES_NO = (value: boolean | null) => (value === null ? '–' : value ? 'yes' : 'no');

const COLUMNS: readonly Column[] = [
  { key: 'sample', label: 'Sample', number: true, cell: ({ sample }) => String(sample + 1) },
  { key: 'answer', label: 'Answer', cell: ({ answer }) => answer ?? '–' },
  { key: 'reward', label: 'EM', number: true, cell: ({ reward }) => (reward === null ? '–' : String(reward)) },
  { key: 'f1', label: 'F1', number: true, cell: ({ f1 }) => (f1 === null ? '–' : formatFixed(f1, 2)) },
  { key: 'hit', label: 'Hit', cell: ({ hit }) => YES_NO(hit) },
  { key: 'searches', label: 'Searches', number: true, cell: ({ searches }) => String(searches.length) },
  { key: 'tokens', label: 'Tokens', number: true, cell: ({ tokens }) => formatCount(tokens.length) },
  { key: 'finish', label: 'Finish', cell: ({ finish }) => FINISH[finish] },
  { key: 'wellFormed', label: 'Well formed', cell: ({ wellFormed }) => YES_NO(wellFormed) },
];

/** Rows have one height, so that only those in sight are put on the page. */
const ROW = 32;
const VIEWPORT = 384;
const SPARE = 6;

/** Every finished rollout, sorted and filtered; a press on a question opens it in the lanes. */
export const ResultsTable = memo(function ResultsTable({ rollouts, writers, shown, onShow, sorting, onSorting, filter, onFilter }: Props) {
  const filterId = useId();
  const [top, setTop] = useState(0);
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => arrangeRows(rollouts, sorting, filter), [rollouts, sorting, filter]);
  const columns = useMemo(() => (writers.length > 1 ? [{ key: 'writer', label: 'Writer', cell: ({ writer }) => writers.at(writer) ?? String(writer + 1) } satisfies Column, ...COLUMNS] : COLUMNS), [writers]);
  const first = Math.max(0, Math.min(Math.floor(top / ROW) - SPARE, rows.length));
  const last = Math.min(rows.length, Math.ceil((top + VIEWPORT) / ROW) + SPARE);
  const sort = (key: SortKey, number: boolean) => onSorting(sorting.key === key ? (sorting.descending === number ? { key, descending: !number } : { key: 'order', descending: false }) : { key, descending: number });
  return (
    <section className={styles.section} aria-label="Results">
      <div className={styles.head}>
        <h2 className={styles.title}>Results</h2>
        <p className={styles.note}>{rows.length === rollouts.length ? `${formatCount(rollouts.length)} finished` : `${formatCount(rows.length)} of ${formatCount(rollouts.length)} finished`}</p>
        <div className={styles.filters}>
          <ToggleField
            label="Outcome"
            hideLabel
            value={filter.outcome}
            options={[
              { value: 'all', label: 'All' },
              { value: 'right', label: 'Right' },
              { value: 'wrong', label: 'Wrong' },
            ]}
            onChange={(outcome) => onFilter({ ...filter, outcome })}
          />
          {writers.length > 1 && <SelectField label="Writer" value={String(filter.writer ?? '')} options={[{ value: '', label: 'Both' }, ...writers.map((label, index) => ({ value: String(index), label }))]} onChange={(value) => onFilter({ ...filter, writer: value === '' ? null : Number(value) })} />}
          <label className={styles.hidden} htmlFor={filterId}>
            Words in question or answer
          </label>
          <input id={filterId} className={styles.search} type="search" placeholder="Words in question or answer" value={filter.text} onChange={(event) => onFilter({ ...filter, text: event.target.value })} />
        </div>
      </div>
      <div className={styles.scroll} ref={scroll} style={{ maxHeight: VIEWPORT }} tabIndex={0} role="region" aria-label="Table of results" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <table className={styles.table} aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              <SortHead column={{ key: 'question', label: 'Question' }} sorting={sorting} onSort={sort} />
              {columns.map((column) => (
                <SortHead key={column.key} column={column} sorting={sorting} onSort={sort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 && <Spacer rows={first} columns={columns.length + 1} />}
            {rows.slice(first, last).map((index, offset) => {
              const rollout = rollouts[index];
              return (
                <tr key={rollout.id} className={styles.row} aria-rowindex={first + offset + 2} data-shown={rollout.id === shown || undefined} onClick={() => onShow(rollout.id)}>
                  <th scope="row" className={styles.question}>
                    <button type="button" className={styles.open} aria-current={rollout.id === shown || undefined} title={rollout.question.question}>
                      {rollout.question.question}
                    </button>
                  </th>
                  {columns.map((column) => (
                    <td key={column.key} className={column.number ? styles.number : column.key === 'answer' ? styles.answer : undefined} data-wrong={(column.key === 'reward' && rollout.reward === 0) || undefined}>
                      {column.cell(rollout)}
                    </td>
                  ))}
                </tr>
              );
            })}
            {last < rows.length && <Spacer rows={rows.length - last} columns={columns.length + 1} />}
          </tbody>
        </table>
        {rows.length === 0 && <p className={styles.none}>{rollouts.length === 0 ? 'Finished rollouts are listed here.' : 'No rollout matches the filter.'}</p>}
      </div>
    </section>
  );
});

interface HeadProps {
  readonly column: Omit<Column, 'cell'>;
  readonly sorting: Sorting;
  readonly onSort: (key: SortKey, number: boolean) => void;
}

function SortHead({ column, sorting, onSort }: HeadProps) {
  const active = sorting.key === column.key;
  return (
    <th scope="col" className={column.number ? styles.number : undefined} aria-sort={active ? (sorting.descending ? 'descending' : 'ascending') : undefined}>
      <button type="button" className={styles.sort} onClick={() => onSort(column.key, column.number ?? false)}>
        {column.label}
        <span className={styles.arrow} aria-hidden="true">
          {active ? (sorting.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  return (
    <tr aria-hidden="true">
      <td className={styles.spacer} colSpan={columns} style={{ height: rows * ROW }} />
    </tr>
  );
}
