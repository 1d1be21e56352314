import type { Comparison, ComparisonPair } from '../../core/leas/comparison.ts';
import type { QuestionInterval } from '../../core/leas/summary.ts';
import { WRITER_LABELS } from '../../core/leas/writers.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { formatCount, formatFixed } from '../../ui/format.ts';
import styles from './leas-page.module.css';

const RETRIEVAL = { search: 'search', fixed: 'gold passages' } as const;

function points(value: number): string {
  return formatFixed(100 * value, 1);
}

function interval({ estimate, low, high }: QuestionInterval): string {
  return low === null || high === null ? points(estimate) : `${points(estimate)} [${points(low)}, ${points(high)}]`;
}

function seedWords({ bySeed }: ComparisonPair): string {
  return bySeed.map(({ seed, difference }) => `${seed === null ? 'no seed' : `seed ${seed}`}: ${points(difference)}`).join(', ');
}

/** DART and two agents beside the hybrids: accuracies of writers, and differences paired by question. */
export function ComparisonTables({ comparison, set }: { readonly comparison: Comparison; readonly set: string }) {
  const rows = comparison.rows.filter((row) => row.set === set);
  const pairs = comparison.pairs.filter((pair) => pair.set === set);
  if (rows.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="beside-title">
      <h2 className={styles.sectionTitle} id="beside-title">
        DART beside the hybrids
      </h2>
      <p className={styles.note}>Two routed adapters trained together (DART), each of them alone, and two agents. Published: DART above its hybrids, single runs without intervals.</p>
      {pairs.length > 0 && (
        <DataTable
          caption={`Set ${set}: differences, percentage points, paired by question, with 95 % over questions. What another training run would change shows between the seeds alone.`}
          columns={[
            { id: 'pair', label: 'Less' },
            { id: 'retrieval', label: 'Retrieval' },
            { id: 'em', label: 'Exact match', align: 'right' },
            { id: 'f1', label: 'F1', align: 'right' },
            { id: 'hit', label: 'Found', align: 'right' },
            { id: 'questions', label: 'Questions', align: 'right' },
            { id: 'seeds', label: 'Exact match by training seed', wide: true },
          ]}
          rows={pairs.map((pair) => [`${WRITER_LABELS[pair.left]} − ${WRITER_LABELS[pair.right]}`, RETRIEVAL[pair.retrieval], interval(pair.differences.exactMatch), interval(pair.differences.f1), interval(pair.differences.hit), formatCount(pair.questions), seedWords(pair)])}
        />
      )}
      <DataTable
        caption={`Set ${set}: means over questions, per cent, with 95 % over questions. Found: a golden answer stands in what the searches returned.`}
        columns={[
          { id: 'writer', label: 'Writer' },
          { id: 'retrieval', label: 'Retrieval' },
          { id: 'em', label: 'Exact match', align: 'right' },
          { id: 'f1', label: 'F1', align: 'right' },
          { id: 'hit', label: 'Found', align: 'right' },
          { id: 'questions', label: 'Questions', align: 'right' },
          { id: 'seeds', label: 'Training seeds', align: 'right' },
          { id: 'rollouts', label: 'Rollouts', align: 'right' },
        ]}
        rows={rows.map((row) => [WRITER_LABELS[row.writer], RETRIEVAL[row.retrieval], interval(row.scores.exactMatch), interval(row.scores.f1), interval(row.scores.hit), formatCount(row.questions), formatCount(row.seeds), formatCount(row.rollouts)])}
      />
    </section>
  );
}
