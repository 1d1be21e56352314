import { useState } from 'react';
import type { AdapterChoice, WriterChoice } from '../../lab/rollout-events.ts';
import { adaptersAmong, unzipped } from '../../state/adapter-zip.ts';
import type { OpenedFile } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { pickFiles, pickFolder } from '../shared/pick-files.ts';
import { adapterNames, DEFAULT_RIVAL, writerLabel, writerWith } from './choices.ts';
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

const OPEN = { folder: 'open-folder', zip: 'open-zip' } as const;
type Choice = AdapterChoice['kind'] | (typeof OPEN)[keyof typeof OPEN];
const AS_REASONING = 'reasoning';
const ONLY = 'Writer';

function WriterRow({ name, writer, onChange, onRemove }: RowProps) {
  const { adapters, writing } = writer;
  const change = (next: Partial<WriterChoice['writing']>) => {
    const changed = { ...writer, writing: { ...writing, ...next } };
    onChange({ ...changed, label: writerLabel(changed) });
  };
  const [problem, setProblem] = useState('');
  const open = async (files: readonly OpenedFile[]) => {
    if (files.length === 0) return;
    try {
      const found = adaptersAmong(await unzipped(files));
      setProblem(found ? '' : 'There is no adapter_config.json among these files: open a PEFT folder, one with several in sub-folders, or a zip of them.');
      if (found) onChange(writerWith({ kind: 'files', name: found.name, files: found.files }, writing.kind));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const chooseAdapters = (kind: Choice) => {
    if (kind === OPEN.folder) void pickFolder().then(open);
    else if (kind === OPEN.zip) void pickFiles().then(open);
    else if (kind === 'untrained') onChange(writerWith({ kind, count: 2, rank: 8 }, writing.kind));
    else if (kind !== 'files') onChange(writerWith({ kind }, writing.kind));
  };
  const choices = adapterOptions(adapters);
  const several = choices.length > 3;
  return (
    <fieldset className={styles.row}>
      <legend className={name !== ONLY ? styles.legend : styles.hidden}>{name}</legend>
      <SelectField<Choice>
        label="Adapters"
        value={adapters.kind}
        options={[
          { value: 'none', label: 'None (backbone alone)' },
          { value: 'own', label: 'The backbone’s own' },
          { value: 'untrained', label: 'Untrained (rank 8)' },
          ...(adapters.kind === 'files' ? [{ value: 'files' as const, label: adapters.name }] : []),
          { value: OPEN.folder, label: 'Open a PEFT folder…' },
          { value: OPEN.zip, label: 'Open a zip of PEFT folders…' },
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
          {writing.kind === 'routed' && (several || writing.answer !== undefined) && (
            <SelectField label="Answer by" value={String(writing.answer ?? AS_REASONING)} options={[{ value: AS_REASONING, label: 'As reasoning' }, ...choices]} onChange={(value) => change({ answer: value === AS_REASONING ? undefined : adapterValue(value) })} />
          )}
          {writing.kind === 'agents' && <CheckField label="Each agent keeps its cache" checked={writing.keepCaches ?? true} onChange={(keepCaches) => change({ keepCaches })} />}
        </>
      )}
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
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
  return [...adapterNames(adapters).map((label, index) => ({ value: String(index), label })), { value: 'base', label: 'Backbone alone' }];
}

function adapterValue(value: string): number | 'base' {
  return value === 'base' ? 'base' : Number(value);
}
