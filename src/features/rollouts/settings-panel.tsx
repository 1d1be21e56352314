import { memo, type ReactNode } from 'react';
import type { RolloutSession, RolloutSettings, RolloutState } from '../../state/rollouts/types.ts';
import { DIALECTS, inDialect, questionsLabel, retrieverLabel } from './choices.ts';
import { CorpusForm } from './corpus-form.tsx';
import { NumberField } from './number-field.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import styles from './settings-panel.module.css';
import { WritersForm } from './writers-form.tsx';

interface Props {
  readonly settings: RolloutSettings;
  readonly onSettings: (change: Partial<RolloutSettings>) => void;
  readonly phase: RolloutState['phase'];
  readonly fraction: number | null;
  readonly session: Pick<RolloutSession, 'storedCorpora' | 'deleteCorpus'>;
  readonly mode: 'ask' | 'batch';
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

/** Qwen3's template has the switch; others take no notice. */
const THINKING = [
  { value: 'own', label: 'As the model does' },
  { value: 'off', label: 'Off (Qwen3)' },
] as const;

/** Everything of the next run that is not its question: one line folded, four groups unfolded. */
export const SettingsPanel = memo(function SettingsPanel({ settings, onSettings, phase, fraction, session, mode, open, onOpen }: Props) {
  const { environment, sampling } = settings;
  return (
    <details className={styles.details} open={open} onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>
        <span className={styles.name}>Settings</span>
        <span className={styles.line}>{settingsLine(settings, mode)}</span>
      </summary>
      <div className={styles.groups}>
        <Group title="Who writes">
          <WritersForm writers={settings.writers} onWriters={(writers) => onSettings({ writers })} />
        </Group>
        <Group title="Where it searches">
          <CorpusForm retriever={settings.retriever} topK={environment.topK} onRetriever={(retriever) => onSettings({ retriever })} onTopK={(topK) => onSettings({ environment: { ...environment, topK } })} phase={phase} fraction={fraction} session={session} />
        </Group>
        <Group title="How tokens are drawn">
          <div className={styles.fields}>
            <NumberField label="Temperature (0: greedy)" value={sampling.temperature} min={0} max={4} fraction onChange={(temperature) => onSettings({ sampling: { ...sampling, temperature } })} />
            <NumberField label="Top-p (1: off)" value={sampling.topP} min={0.01} max={1} fraction onChange={(topP) => onSettings({ sampling: { ...sampling, topP } })} />
            <NumberField label="Top-k (0: off)" value={sampling.topK} min={0} max={1000} onChange={(topK) => onSettings({ sampling: { ...sampling, topK } })} />
            <NumberField label="Samples" value={settings.samples} min={1} max={256} onChange={(samples) => onSettings({ samples })} />
            <NumberField label="Alternatives kept" value={settings.alternatives} min={0} max={20} onChange={(alternatives) => onSettings({ alternatives })} />
            <NumberField label="Checked for parity (−1: all)" value={settings.parity} min={-1} max={1000} unit="rollouts" onChange={(parity) => onSettings({ parity })} />
          </div>
        </Group>
        <Group title="Dialect and limits">
          <div className={styles.fields}>
            <SelectField label="Dialect" value={environment.dialect} options={DIALECTS} onChange={(dialect) => onSettings({ environment: inDialect(environment, dialect) })} />
            {environment.dialect !== 'world' && (
              <SelectField label="Thinking" value={environment.thinking === false ? 'off' : 'own'} options={THINKING} onChange={(value) => onSettings({ environment: { ...environment, thinking: value === 'off' ? false : undefined } })} />
            )}
            <NumberField label="Searches" value={environment.maxSearches} min={0} max={20} onChange={(maxSearches) => onSettings({ environment: { ...environment, maxSearches } })} />
            <NumberField label="A turn" value={environment.maxTurnTokens} min={1} max={4096} unit="tokens" onChange={(maxTurnTokens) => onSettings({ environment: { ...environment, maxTurnTokens } })} />
            <NumberField label="An observation" value={environment.maxObservationTokens} min={1} max={4096} unit="tokens" onChange={(maxObservationTokens) => onSettings({ environment: { ...environment, maxObservationTokens } })} />
            <NumberField label="Everything" value={environment.maxTokens} min={16} max={32_768} unit="tokens" onChange={(maxTokens) => onSettings({ environment: { ...environment, maxTokens } })} />
          </div>
        </Group>
      </div>
    </details>
  );
});

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.group} aria-label={title}>
      <h3 className={styles.title}>{title}</h3>
      {children}
    </section>
  );
}

export function settingsLine({ writers, retriever, sampling, questions, samples }: RolloutSettings, mode: 'ask' | 'batch'): string {
  const parts = [
    writers.map((writer) => writer.label).join(' against '),
    `searches ${retrieverLabel(retriever)}`,
    sampling.temperature === 0 ? 'greedy' : `temperature ${sampling.temperature}`,
    mode === 'ask' ? (samples === 1 ? null : `${samples} samples`) : questionsLabel(questions),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
