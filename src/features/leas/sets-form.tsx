import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import type { LeasSet } from '../../lab/leas-events.ts';
import { labelOf } from '../../state/leas/settings-url.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { NumberField } from '../rollouts/number-field.tsx';
import { pickFiles } from '../shared/pick-files.ts';
import styles from './setup-panel.module.css';

interface Props {
  readonly sets: readonly LeasSet[];
  readonly onSets: (sets: readonly LeasSet[]) => void;
}

const FILE = 'file';
const MOST_SETS = 4;

/** The question sets, each analysed by itself. */
export function SetsForm({ sets, onSets }: Props) {
  const put = (next: readonly LeasSet[]) => onSets(next.map((set, index) => ({ ...set, label: labelOf(index) })));
  const change = (index: number, part: Partial<LeasSet>) => put(sets.map((set, at) => (at === index ? { ...set, ...part } : set)));
  const choose = (index: number, value: string) => {
    if (value !== FILE) {
      if (BUNDLED_QUESTIONS.some(({ name }) => name === value)) change(index, { questions: { kind: 'bundled', name: value } });
      return;
    }
    void pickFiles().then((files) => {
      for (const { path, blob } of files.slice(0, 1)) change(index, { questions: { kind: 'file', name: path, blob } });
    });
  };
  return (
    <>
      {sets.map(({ label, questions, maxQuestions }, index) => (
        <div key={label} className={styles.fields} role="group" aria-label={`Set ${label}`}>
          <SelectField
            label={`Set ${label}`}
            value={questions.kind === 'bundled' ? questions.name : 'opened'}
            options={[
              ...BUNDLED_QUESTIONS.map((set) => ({ value: set.name, label: `${set.title} (${formatCount(set.questions)})` })),
              ...(questions.kind === 'file' ? [{ value: 'opened', label: questions.name }] : []),
              { value: FILE, label: 'Open a file of questions…' },
            ]}
            onChange={(value) => choose(index, value)}
          />
          <NumberField label="Questions (0: all)" value={maxQuestions} min={0} max={100_000} onChange={(value) => change(index, { maxQuestions: value })} />
          {sets.length > 1 && (
            <Button size="small" variant="quiet" onClick={() => put(sets.filter((_, at) => at !== index))}>
              {`Remove set ${label}`}
            </Button>
          )}
        </div>
      ))}
      {sets.length < MOST_SETS && (
        <div>
          <Button size="small" onClick={() => put([...sets, { label: '', questions: { kind: 'bundled', name: BUNDLED_QUESTIONS.find(({ name }) => !sets.some((set) => set.questions.kind === 'bundled' && set.questions.name === name))?.name ?? BUNDLED_QUESTIONS[0].name }, maxQuestions: sets.at(-1)?.maxQuestions ?? 60 }])}>
            Add a set
          </Button>
        </div>
      )}
    </>
  );
}
