import { EFFECT_LABELS, EFFECTS, type Effect, MODEL_LABELS, type Model, MODELS } from '../../core/leas/models.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { plural } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import styles from './map-filters.module.css';
import { hopsOf, type QuestionRow } from './map-rows.ts';
import { type AccuracyRange, AS_ASKED, NO_FILTER, type RowFilter, setLeasPage, setRowFilter, type SortKey, useLeasPage } from './page-store.ts';

const ANY = 'any';

const SORTS: readonly { readonly value: SortKey; readonly label: string }[] = [
  { value: 'order', label: 'As asked' },
  { value: 'question', label: 'Question' },
  { value: 'accuracy', label: 'Accuracy of all models' },
  { value: 'hops', label: 'Hops' },
  ...EFFECTS.map((effect) => ({ value: effect, label: EFFECT_LABELS[effect] })),
];

const SIGNS: readonly { readonly value: RowFilter['sign']; readonly label: string }[] = [
  { value: 'all', label: 'Any sign' },
  { value: 'negative', label: 'Negative' },
  { value: 'positive', label: 'Positive' },
  { value: 'tie', label: 'Exactly 0' },
];

const RANGES: readonly { readonly value: AccuracyRange; readonly label: string }[] = [
  { value: 'all', label: 'Any' },
  { value: 'never', label: 'Never answered' },
  { value: 'low', label: 'Under 25 %' },
  { value: 'middle', label: '25 to 75 %' },
  { value: 'high', label: 'Over 75 %' },
];

interface Props {
  readonly rows: readonly QuestionRow[];
  /** Questions in the range chosen in the histogram; null without one. */
  readonly chosen: number | null;
}

/** What is shown of the questions, and in which order. */
export function MapFilters({ rows, chosen }: Props) {
  const sorting = useLeasPage((page) => page.sorting);
  const filter = useLeasPage((page) => page.filter);
  const onlyChosen = useLeasPage((page) => page.onlyChosen);
  const hops = hopsOf(rows);
  const filtered = Object.entries(NO_FILTER).some(([key, value]) => Object.entries(filter).some(([own, now]) => own === key && now !== value));
  const narrowed = (filtered ? 1 : 0) + (sorting.key === 'order' && sorting.ascending ? 0 : 1);
  return (
    <div className={styles.filters}>
      <div className={styles.row}>
        <input className={styles.search} type="search" aria-label="Find in the questions" placeholder="Find in the questions" value={filter.text} onChange={(event) => setRowFilter({ text: event.target.value })} />
        <SelectField<SortKey> label="Sort by" value={sorting.key} options={SORTS} onChange={(key) => setLeasPage({ sorting: key === 'order' ? AS_ASKED : { key, ascending: true } })} />
        <CheckField label="Highest first" checked={!sorting.ascending} onChange={(descending) => setLeasPage({ sorting: { ...sorting, ascending: !descending } })} />
      </div>
      <details className={styles.details}>
        <summary>{filtered ? 'Filter (on)' : 'Filter'}</summary>
        <div className={styles.row}>
          <SelectField<Effect> label="Effect" value={filter.effect} options={EFFECTS.map((effect) => ({ value: effect, label: EFFECT_LABELS[effect] }))} onChange={(effect) => setRowFilter({ effect })} />
          <SelectField label="Sign" value={filter.sign} options={SIGNS} onChange={(sign) => setRowFilter({ sign })} />
          <CheckField label="Interval excludes 0" checked={filter.clear} onChange={(clear) => setRowFilter({ clear })} />
          <SelectField label="Accuracy of all models" value={filter.accuracy} options={RANGES} onChange={(accuracy) => setRowFilter({ accuracy })} />
          {hops.length > 0 && <SelectField label="Hops" value={filter.hops === '' ? ANY : filter.hops} options={[{ value: ANY, label: 'Any' }, ...hops.map((value) => ({ value, label: value }))]} onChange={(value) => setRowFilter({ hops: value === ANY ? '' : value })} />}
          <ModelField label="Answered by" value={filter.by} onChange={(by) => setRowFilter({ by })} />
          <ModelField label="but never by" value={filter.notBy} onChange={(notBy) => setRowFilter({ notBy })} />
        </div>
      </details>
      {(chosen !== null || narrowed > 0) && (
        <div className={styles.row}>
          {chosen !== null && (
            <>
              <span className={styles.note}>{`${plural(chosen, 'question')} in the range chosen in the histogram`}</span>
              <CheckField label="Show only these" checked={onlyChosen} onChange={(on) => setLeasPage({ onlyChosen: on })} />
              <Button size="small" onClick={() => setLeasPage({ brush: null })}>
                Clear the range
              </Button>
            </>
          )}
          {narrowed > 0 && (
            <Button size="small" onClick={() => setLeasPage({ filter: NO_FILTER, sorting: AS_ASKED })}>
              Show all as asked
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function ModelField({ label, value, onChange }: { readonly label: string; readonly value: Model | null; readonly onChange: (model: Model | null) => void }) {
  return (
    <SelectField<Model | typeof ANY>
      label={label}
      value={value ?? ANY}
      options={[{ value: ANY, label: 'Any' }, ...MODELS.map((model) => ({ value: model, label: MODEL_LABELS[model] }))]}
      onChange={(model) => onChange(model === ANY ? null : model)}
    />
  );
}
