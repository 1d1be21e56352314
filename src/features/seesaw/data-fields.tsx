import { useState } from 'react';
import type { QuestionChoice } from '../../agent/choices.ts';
import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import type { SeesawSettings, SeesawState } from '../../state/seesaw/types.ts';
import { BUNDLED_DATA } from '../../state/sources-store.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { useSession } from '../app/session-context.ts';
import { CorpusForm } from '../rollouts/corpus-form.tsx';
import { pickFiles } from '../shared/pick-files.ts';
import { corpusRemark, toggled } from './data-choices.ts';
import styles from './setup-panel.module.css';

interface Props {
  readonly settings: SeesawSettings;
  readonly run: Pick<SeesawState, 'phase' | 'fraction'>;
  readonly onSettings: (change: Partial<SeesawSettings>) => void;
}

const FILE = 'file:';

/** What the next run is trained and evaluated on, and where it searches. */
export function DataFields({ settings, run, onSettings }: Props) {
  const { objective, training, evaluation, retriever, environment } = settings;
  const { rollouts } = useSession();
  const [problem, setProblem] = useState('');
  const learn = (kind: string) => {
    if (kind === 'grpo') onSettings({ objective: { kind: 'grpo' }, ...(training.samples < 2 ? { training: { ...training, questions: DEFAULT_TRAINING.questions, samples: DEFAULT_TRAINING.samples } } : {}) });
    else void give(BUNDLED_DATA[0].id);
  };
  const give = async (id: string) => {
    try {
      const set = BUNDLED_DATA.find((known) => known.id === id);
      if (set) {
        const response = await fetch(set.url);
        if (!response.ok) throw new Error(`${set.label} cannot be read: the page’s server answered ${response.status}.`);
        onSettings({ objective: { kind: 'supervised', name: set.label, trajectories: await response.blob() } });
      } else if (id === FILE) for (const { path, blob } of (await pickFiles()).slice(0, 1)) onSettings({ objective: { kind: 'supervised', name: path, trajectories: blob } });
      setProblem('');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const hold = (value: string) => {
    const set = BUNDLED_QUESTIONS.find(({ name }) => name === value);
    if (set) onSettings({ evaluation: { ...evaluation, questions: { kind: 'bundled', name: set.name } }, ...(retriever.kind === 'bundled' ? { retriever: { kind: 'bundled', corpus: set.corpus } } : {}) });
    else if (value === FILE) void pickFiles().then((files) => files.slice(0, 1).forEach(({ path, blob }) => onSettings({ evaluation: { ...evaluation, questions: { kind: 'file', name: path, blob } } })));
  };
  const held = evaluation.questions.kind === 'bundled' ? evaluation.questions.name : evaluation.questions.kind === 'file' ? `named:${evaluation.questions.name}` : '';
  const given = objective.kind === 'supervised' ? objective.name : null;
  const bundledGiven = BUNDLED_DATA.find(({ label }) => label === given);
  const remark = corpusRemark(settings);
  return (
    <>
      <div className={styles.fields}>
        <SelectField
          label="Objective"
          value={objective.kind}
          options={[
            { value: 'grpo', label: 'Reward of its own rollouts (GRPO)' },
            { value: 'supervised', label: 'Likelihood of given trajectories' },
          ]}
          onChange={learn}
        />
        {given !== null && (
          <SelectField
            label="Trajectories"
            value={bundledGiven ? bundledGiven.id : `named:${given}`}
            options={[...BUNDLED_DATA.map(({ id, label }) => ({ value: id, label })), ...(bundledGiven ? [] : [{ value: `named:${given}`, label: given }]), { value: FILE, label: 'Open a file…' }]}
            onChange={(id) => void give(id)}
          />
        )}
        <SelectField
          label="Held-out questions"
          value={held}
          options={[...BUNDLED_QUESTIONS.map((set) => ({ value: set.name, label: `${set.title} (${formatCount(set.questions)})` })), ...(held.startsWith('named:') ? [{ value: held, label: held.slice('named:'.length) }] : []), { value: FILE, label: 'Open a file…' }]}
          onChange={hold}
        />
      </div>
      {objective.kind === 'grpo' && <TrainSets sets={settings.trainSets} onSets={(trainSets) => onSettings({ trainSets })} />}
      {given !== null && <p className={styles.about}>Every step raises the likelihood of given answers; observation tokens are in no loss. JSON Lines, a JSON array or chat text, as the page of angles reads it.</p>}
      <CorpusForm
        retriever={retriever}
        topK={environment.topK}
        onRetriever={(next) => onSettings({ retriever: next })}
        onTopK={(topK) => onSettings({ environment: { ...environment, topK } })}
        phase={run.phase === 'corpus' ? 'corpus' : run.phase === null ? null : 'session'}
        fraction={run.fraction}
        session={rollouts}
      />
      {remark !== '' && <p className={styles.about}>{remark}</p>}
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

/** Sets of which every step takes an equal share. */
function TrainSets({ sets, onSets }: { readonly sets: readonly QuestionChoice[]; readonly onSets: (sets: readonly QuestionChoice[]) => void }) {
  const files = sets.filter((set) => set.kind === 'file');
  const add = () => void pickFiles().then((opened) => opened.length > 0 && onSets([...sets, ...opened.map(({ path, blob }) => ({ kind: 'file' as const, name: path, blob }))]));
  return (
    <fieldset className={styles.sets}>
      <legend className={styles.label}>Training questions, an equal share of each a step</legend>
      {BUNDLED_QUESTIONS.map((set) => (
        <CheckField key={set.name} label={`${set.title} (${formatCount(set.questions)})`} checked={sets.some((choice) => choice.kind === 'bundled' && choice.name === set.name)} onChange={() => onSets(toggled(sets, { kind: 'bundled', name: set.name }))} />
      ))}
      {files.map((file) => (
        <CheckField key={file.name} label={file.name} checked onChange={() => onSets(toggled(sets, file))} />
      ))}
      <Button size="small" onClick={add}>
        Open a file…
      </Button>
    </fieldset>
  );
}
