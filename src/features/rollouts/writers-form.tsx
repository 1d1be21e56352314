import type { AdapterChoice, WriterChoice } from '../../lab/rollout-events.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { pickFolder } from '../shared/pick-files.ts';
import { DEFAULT_RIVAL, writerLabel, writerWith } from './choices.ts';
import styles from './writers-form.module.css';

interface Props {
  readonly writers: readonly WriterChoice[];
  readonly onWriters: (writers: readonly WriterChoice[]) => void;
}

/** Who writes; a second writer answers the same questions from the same seed. */
export function WritersForm({ writers, onWriters }: Props) {
  const [first] = writers;
  const second = writers.at(1);
  return (
    <div className={styles.writers}>
      <WriterRow name={second === undefined ? ONLY : 'First writer'} writer={first} onChange={(writer) => onWriters(second === undefined ? [writer] : [writer, second])} />
      {second === undefined ? (
        <div>
          <Button size="small" onClick={() => onWriters([first, DEFAULT_RIVAL])}>
            Compare with a second writer
          </Button>
        </div>
      ) : (
        <WriterRow name="Second writer" writer={second} onChange={(writer) => onWriters([first, writer])} onRemove={() => onWriters([first])} />
      )}
    </div>
  );
}

interface RowProps {
  readonly name: string;
  readonly writer: WriterChoice;
  readonly onChange: (writer: WriterChoice) => void;
  readonly onRemove?: () => void;
}

const OPEN = 'open';
const ONLY = 'Writer';

function WriterRow({ name, writer, onChange, onRemove }: RowProps) {
  const { adapters, writing } = writer;
  const change = (next: Partial<WriterChoice['writing']>) => {
    const changed = { ...writer, writing: { ...writing, ...next } };
    onChange({ ...changed, label: writerLabel(changed) });
  };
  const chooseAdapters = (kind: AdapterChoice['kind'] | typeof OPEN) => {
    if (kind === OPEN) {
      void pickFolder().then((files) => files.length > 0 && onChange(writerWith({ kind: 'files', name: files[0].path.split('/')[0], files }, writing.kind)));
    } else if (kind === 'untrained') onChange(writerWith({ kind, count: 2, rank: 8 }, writing.kind));
    else if (kind !== 'files') onChange(writerWith({ kind }, writing.kind));
  };
  const choices = adapterOptions(adapters);
  return (
    <fieldset className={styles.row}>
      <legend className={name !== ONLY ? styles.legend : styles.hidden}>{name}</legend>
      <SelectField<AdapterChoice['kind'] | typeof OPEN>
        label="Adapters"
        value={adapters.kind}
        options={[
          { value: 'none', label: 'None (backbone alone)' },
          { value: 'own', label: 'The backbone’s own' },
          { value: 'untrained', label: 'Untrained (rank 8)' },
          ...(adapters.kind === 'files' ? [{ value: 'files' as const, label: adapters.name }] : []),
          { value: OPEN, label: 'Open a PEFT folder…' },
        ]}
        onChange={chooseAdapters}
      />
      {adapters.kind !== 'none' && (
        <>
          <SelectField
            label="Writing"
            value={writing.kind}
            options={[
              { value: 'routed', label: 'One routed set' },
              { value: 'agents', label: 'Two agents' },
            ]}
            onChange={(kind) => change({ kind })}
          />
          <SelectField label="Reasoning by" value={String(writing.reasoning)} options={choices} onChange={(value) => change({ reasoning: adapterValue(value) })} />
          <SelectField label="Tool by" value={String(writing.tool)} options={choices} onChange={(value) => change({ tool: adapterValue(value) })} />
          {writing.kind === 'agents' && <CheckField label="Each agent keeps its cache" checked={writing.keepCaches ?? true} onChange={(keepCaches) => change({ keepCaches })} />}
        </>
      )}
      {onRemove && (
        <Button size="small" variant="quiet" onClick={onRemove}>
          <Icon name="cancel" size={16} />
          Remove
        </Button>
      )}
    </fieldset>
  );
}

function adapterOptions(adapters: AdapterChoice): readonly { readonly value: string; readonly label: string }[] {
  const count = adapters.kind === 'untrained' ? adapters.count : 2;
  return [...['Reasoning adapter', 'Tool adapter'].slice(0, count).map((label, index) => ({ value: String(index), label })), { value: 'base', label: 'Backbone alone' }];
}

function adapterValue(value: string): number | 'base' {
  return value === 'base' ? 'base' : Number(value);
}
