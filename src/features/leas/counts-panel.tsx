import { useState } from 'react';
import { MODEL_DESCRIPTIONS, MODEL_LABELS, type Model, MODELS } from '../../core/leas/models.ts';
import type { LeasSession, LeasState, OpenedCounts } from '../../state/leas/types.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import panel from '../rollouts/settings-panel.module.css';
import { pickFiles } from '../shared/pick-files.ts';
import styles from './setup-panel.module.css';

interface Props {
  readonly run: LeasState;
  readonly session: Pick<LeasSession, 'openCounts' | 'mapModels'>;
}

/** Counts of one's own in place of a run: the file, what of it was left out, and which model is which. */
export function CountsPanel({ run, session }: Props) {
  const { opened } = run;
  const [folding, setFolding] = useState<{ readonly of: OpenedCounts | null; readonly open: boolean } | null>(null);
  const [problem, setProblem] = useState('');
  const attention = opened !== null && (opened.unknownModels.length > 0 || opened.problems.length > 0);
  // A file with something to do or to know shows it, until it is folded by hand.
  const unfolded = folding !== null && folding.of === opened ? folding.open : attention;
  const open = async () => {
    const [file] = await pickFiles();
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- nothing may be chosen
    if (file === undefined) return;
    const result = await session.openCounts(file.blob, file.path);
    setProblem(result.kind === 'refused' ? `${result.message} ${result.remedy}` : '');
  };
  return (
    <details className={panel.details} open={unfolded} onToggle={(event) => setFolding({ of: opened, open: event.currentTarget.open })}>
      <summary className={[panel.summary, styles.summary].join(' ')}>
        <span className={panel.name}>Own counts</span>
        <span className={panel.line}>{opened === null ? 'CSV or JSON Lines: question, model, k right answers of n' : `${opened.name}: ${plural(opened.rows, 'row')} counted, ${formatCount(opened.problems.length)} left out`}</span>
      </summary>
      <div className={styles.single}>
        <div className={styles.fields}>
          <Button onClick={() => void open()}>
            <Icon name="open" size={18} />
            Open counts
          </Button>
          <p className={styles.about}>Or drop the file anywhere. Columns question, model, k and n in any order; seed where there are several training seeds; others, such as hops, belong to the question. No device is needed.</p>
        </div>
        {problem !== '' && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
        {opened !== null && (
          <>
            {opened.message !== null && (
              <p className={styles.problem} role="alert">
                {opened.message}
              </p>
            )}
            {opened.notes.map((note) => (
              <p key={note} className={styles.about}>
                {note}
              </p>
            ))}
            {(opened.unknownModels.length > 0 || opened.mapping.size > 0) && <MappingForm key={`${opened.name} ${opened.rows}`} opened={opened} session={session} />}
            {opened.problems.length > 0 && (
              <DataTable
                caption={`${plural(opened.problems.length, 'row')} left out${opened.problems.length > MOST_SHOWN ? `; the first ${MOST_SHOWN}, the first 1,000 are in the details` : ''}`}
                columns={[
                  { id: 'line', label: 'Line', align: 'right' },
                  { id: 'reason', label: 'Why', wide: true },
                ]}
                rows={opened.problems.slice(0, MOST_SHOWN).map(({ line, reason }) => [String(line), reason])}
                maxHeight={260}
              />
            )}
          </>
        )}
      </div>
    </details>
  );
}

const MOST_SHOWN = 200;
const IGNORE = 'ignore';

/** Which of the seven each foreign name is. */
function MappingForm({ opened, session }: { readonly opened: OpenedCounts; readonly session: Props['session'] }) {
  const [mapping, setMapping] = useState<ReadonlyMap<string, Model>>(opened.mapping);
  const names = [...new Set([...opened.mapping.keys(), ...opened.unknownModels.map(({ name }) => name)])];
  const rowsOf = (name: string): string => {
    const rows = opened.unknownModels.find((unknown) => unknown.name === name)?.rows;
    return rows === undefined ? '' : `, ${plural(rows, 'row')}`;
  };
  const put = (name: string, model: Model | typeof IGNORE) => {
    const next = new Map(mapping);
    if (model === IGNORE) next.delete(name);
    else next.set(name, model);
    setMapping(next);
  };
  return (
    <form
      className={styles.group}
      aria-label="Names of models"
      onSubmit={(event) => {
        event.preventDefault();
        void session.mapModels(mapping);
      }}
    >
      <p>These names of models are not known here. Say which each of them is; what is ignored is left out.</p>
      <div className={styles.fields}>
        {names.map((name) => (
          <SelectField<Model | typeof IGNORE>
            key={name}
            label={`“${name}”${rowsOf(name)}`}
            value={mapping.get(name) ?? IGNORE}
            options={[{ value: IGNORE, label: 'Ignore' }, ...MODELS.map((model) => ({ value: model, label: `${MODEL_LABELS[model]}: ${MODEL_DESCRIPTIONS[model]}` }))]}
            onChange={(model) => put(name, model)}
          />
        ))}
      </div>
      <div>
        <Button type="submit" variant="primary">
          Count with these names
        </Button>
      </div>
    </form>
  );
}
