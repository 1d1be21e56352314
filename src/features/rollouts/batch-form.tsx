import { memo } from 'react';
import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import type { RolloutSettings } from '../../state/rollouts/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { pickFiles } from '../shared/pick-files.ts';
import styles from './forms.module.css';
import { NumberField } from './number-field.tsx';

interface Props {
  readonly settings: RolloutSettings;
  readonly onSettings: (change: Partial<RolloutSettings>) => void;
  readonly onStart: () => void;
  readonly busy: boolean;
}

const FILE = 'file:';

/** Which questions, how many and how often each. */
export const BatchForm = memo(function BatchForm({ settings, onSettings, onStart, busy }: Props) {
  const { questions, samples, maxQuestions, writers } = settings;
  const file = questions.kind === 'file' ? questions.name : null;
  const size = questions.kind === 'bundled' ? (BUNDLED_QUESTIONS.find((set) => set.name === questions.name)?.questions ?? null) : null;
  const asked = maxQuestions === 0 ? size : size === null ? maxQuestions : Math.min(size, maxQuestions);
  const choose = (value: string) => {
    if (value === FILE) {
      void pickFiles().then((files) => {
        for (const { path, blob } of files.slice(0, 1)) onSettings({ questions: { kind: 'file', name: path, blob } });
      });
    } else if (value !== file) onSettings(withCorpus(settings, value));
  };
  return (
    <form
      className={styles.batch}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onStart();
      }}
    >
      <SelectField
        label="Questions"
        value={questions.kind === 'bundled' ? questions.name : (file ?? '')}
        options={[...BUNDLED_QUESTIONS.map((set) => ({ value: set.name, label: `${set.title} (${formatCount(set.questions)})` })), ...(file === null ? [] : [{ value: file, label: file }]), { value: FILE, label: 'Open a file…' }]}
        onChange={choose}
      />
      <NumberField label="How many (0: all)" value={maxQuestions} min={0} max={100_000} onChange={(next) => onSettings({ maxQuestions: next })} />
      <NumberField label="Samples of each" value={samples} min={1} max={256} onChange={(next) => onSettings({ samples: next })} />
      <NumberField label="At once" value={settings.batch} min={1} max={64} onChange={(batch) => onSettings({ batch })} />
      <NumberField label="Temperature" value={settings.sampling.temperature} min={0} max={4} fraction onChange={(temperature) => onSettings({ sampling: { ...settings.sampling, temperature } })} />
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" aria-disabled={busy}>
          <Icon name="run" size={18} />
          {asked === null ? 'Run' : `Run ${plural(asked * samples * writers.length, 'rollout')}`}
        </Button>
      </div>
    </form>
  );
});

/** A bundled set comes with its corpus, unless another than a bundled one is searched. */
function withCorpus({ retriever }: RolloutSettings, name: string): Partial<RolloutSettings> {
  const corpus = BUNDLED_QUESTIONS.find((set) => set.name === name)?.corpus;
  return { questions: { kind: 'bundled', name }, ...(corpus !== undefined && retriever.kind === 'bundled' ? { retriever: { kind: 'bundled', corpus } } : {}) };
}
