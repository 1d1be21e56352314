import type { SeesawSettings } from '../../state/seesaw/types.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { NumberField } from '../rollouts/number-field.tsx';
import { DialectFields } from '../shared/dialect-fields.tsx';
import styles from './setup-panel.module.css';

interface Props {
  readonly settings: SeesawSettings;
  readonly onSettings: (change: Partial<SeesawSettings>) => void;
}

/** What is rarely changed; each belongs to the next run. */
export function AdvancedFields({ settings, onSettings }: Props) {
  const { training, evaluation, environment } = settings;
  const train = (change: Partial<SeesawSettings['training']>) => onSettings({ training: { ...training, ...change } });
  const evaluate = (change: Partial<SeesawSettings['evaluation']>) => onSettings({ evaluation: { ...evaluation, ...change } });
  const [first, second = first] = training.rates;
  return (
    <div className={styles.fields}>
      <NumberField label="Rate, first adapter" value={first} min={0} max={1} fraction onChange={(rate) => train({ rates: training.rates.length > 1 ? [rate, second] : [rate] })} />
      <NumberField label="Rate, other adapters" value={second} min={0} max={1} fraction onChange={(rate) => train({ rates: [first, rate] })} />
      <SelectField
        label="Schedule"
        value={training.schedule}
        options={[
          { value: 'constant', label: 'Constant' },
          { value: 'cosine', label: 'Cosine' },
        ]}
        onChange={(schedule) => train({ schedule })}
      />
      <NumberField label="Warm-up" unit="steps" value={training.warmUp} min={0} max={10_000} onChange={(warmUp) => train({ warmUp })} />
      <SelectField
        label="Loss divided by"
        value={training.denominator}
        options={[
          { value: 'response', label: 'All written tokens' },
          { value: 'ability', label: 'Those of the role' },
          { value: 'sum', label: 'One (a sum)' },
        ]}
        onChange={(denominator) => train({ denominator })}
      />
      <NumberField label="KL weight β (0: off)" value={training.kl} min={0} max={10} fraction onChange={(kl) => train({ kl })} />
      <NumberField label="Ratio clip ε" value={training.clipRatio} min={0} max={1} fraction onChange={(clipRatio) => train({ clipRatio })} />
      <NumberField label="Gradient clip (0: off)" value={training.clipNorm} min={0} max={1000} fraction onChange={(clipNorm) => train({ clipNorm })} />
      <NumberField label="Passes over a batch" value={training.epochs} min={1} max={16} onChange={(epochs) => train({ epochs })} />
      <NumberField label="Weight decay" value={training.adam.decay} min={0} max={1} fraction onChange={(decay) => train({ adam: { ...training.adam, decay } })} />
      <NumberField label="Temperature" value={training.temperature} min={0.01} max={4} fraction onChange={(temperature) => train({ temperature })} />
      <NumberField label="Total rank" value={settings.totalRank} min={2} max={256} onChange={(rank) => onSettings({ totalRank: rank - (rank % 2) })} />
      <NumberField label="Rollouts together" value={settings.batch} min={1} max={256} onChange={(batch) => onSettings({ batch })} />
      <NumberField label="Micro-batch" unit="tokens" value={training.microBatchTokens} min={64} max={131_072} onChange={(microBatchTokens) => train({ microBatchTokens })} />
      <DialectFields environment={environment} onEnvironment={(next) => onSettings({ environment: next })} />
      <NumberField label="Evaluate every" unit="steps" value={evaluation.every} min={1} max={10_000} onChange={(every) => evaluate({ every })} />
      <NumberField label="Held-out questions (0: all)" value={evaluation.maxQuestions} min={0} max={100_000} onChange={(maxQuestions) => evaluate({ maxQuestions })} />
      <NumberField label="Samples of each" value={evaluation.samples} min={1} max={256} onChange={(samples) => evaluate({ samples })} />
      <NumberField label="Checkpoint every (0: none)" unit="steps" value={settings.checkpointEvery} min={0} max={10_000} onChange={(checkpointEvery) => onSettings({ checkpointEvery })} />
    </div>
  );
}
