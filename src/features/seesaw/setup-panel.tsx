import { useId, useState } from 'react';
import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { chosenArms, knownArms } from '../../state/seesaw/settings-store.ts';
import type { SeesawSettings, SeesawState } from '../../state/seesaw/types.ts';
import { formatDuration, plural } from '../../ui/format.ts';
import { NumberField } from '../rollouts/number-field.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { ArmList } from './arm-list.tsx';
import { DataFields } from './data-fields.tsx';
import { type Pace, secondsOf, workOf } from './estimate.ts';
import { OwnArmForm } from './own-arm-form.tsx';
import { parseSeeds } from './seeds.ts';
import panel from '../rollouts/settings-panel.module.css';
import styles from './setup-panel.module.css';

interface Props {
  readonly settings: SeesawSettings;
  readonly onSettings: (change: Partial<SeesawSettings>) => void;
  readonly run: Pick<SeesawState, 'phase' | 'fraction'>;
  readonly pace: Pace | null;
  readonly busy: boolean;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

/** Everything of the next run: one line folded, arms and numbers unfolded. */
export function SetupPanel({ settings, onSettings, run, pace, busy, open, onOpen }: Props) {
  const { training, objective } = settings;
  const given = objective.kind === 'supervised';
  const arms = chosenArms(settings);
  const work = workOf(settings, arms, heldOutCount(settings));
  const time = pace === null || !Number.isFinite(work.evaluated) ? null : formatDuration(secondsOf(work, pace));
  const train = (change: Partial<SeesawSettings['training']>) => onSettings({ training: { ...training, ...change } });
  const evaluated = Number.isFinite(work.evaluated) ? plural(work.evaluated, 'rollout') : 'all questions of the file';
  const amount = `${plural(work.runs, 'run')}, ${plural(work.steps, 'step')}, ${given ? plural(work.rollouts, 'trajectory', 'trajectories') : plural(work.rollouts, 'rollout')} to train on and ${evaluated} to evaluate with`;
  return (
    <details className={panel.details} open={open} onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary className={[panel.summary, styles.summary].join(' ')}>
        <span className={panel.name}>{busy ? 'Next run' : 'Set up'}</span>
        <span className={panel.line}>
          {[arms.length === 0 ? 'no arm chosen' : arms.map(({ label }) => label).join(', '), settings.seeds.length === 1 ? `seed ${settings.seeds[0]}` : `seeds ${settings.seeds.join(', ')}`, `${plural(training.steps, 'step')} of ${given ? plural(training.questions * training.samples, 'given trajectory', 'given trajectories') : `${plural(training.questions, 'question')} × ${plural(training.samples, 'sample')}`}`, ...(time === null ? [] : [`about ${time} here`])].join(' · ')}
        </span>
      </summary>
      <div className={styles.body}>
        <section className={styles.group} aria-labelledby="arms-title">
          <h2 className={panel.title} id="arms-title">
            Arms
          </h2>
          <ArmList settings={settings} disabled={false} onSettings={onSettings} />
        </section>
        <section className={styles.group} aria-labelledby="data-title">
          <h2 className={panel.title} id="data-title">
            What it learns from
          </h2>
          <DataFields settings={settings} run={run} onSettings={onSettings} />
          <h2 className={panel.title} id="run-title">
            How much
          </h2>
          <div className={styles.fields}>
            <SeedsField seeds={settings.seeds} onSeeds={(seeds) => onSettings({ seeds })} />
            <NumberField label="Steps" value={training.steps} min={1} max={100_000} onChange={(steps) => train({ steps })} />
            {given ? (
              <NumberField label="Trajectories a step" value={training.questions * training.samples} min={1} max={4096} onChange={(questions) => train({ questions, samples: 1 })} />
            ) : (
              <>
                <NumberField label="Questions a step" value={training.questions} min={1} max={256} onChange={(questions) => train({ questions })} />
                <NumberField label="Samples a question" value={training.samples} min={2} max={256} onChange={(samples) => train({ samples })} />
              </>
            )}
          </div>
          <p className={styles.about}>{`${amount}. ${time === null ? 'How long that takes here is said after the first step; every step can be paused, and what is measured stays.' : `About ${time} here, at the pace of the steps on this page.`}`}</p>
          <details className={styles.more}>
            <summary>Advanced settings</summary>
            <AdvancedFields settings={settings} onSettings={onSettings} />
          </details>
          <details className={styles.more}>
            <summary>Make an arm by hand</summary>
            <OwnArmForm taken={knownArms(settings).map(({ id }) => id)} onAdd={(arm) => onSettings({ ownArms: [...settings.ownArms, arm], arms: [...settings.arms, arm.id] })} />
          </details>
        </section>
      </div>
    </details>
  );
}

function SeedsField({ seeds, onSeeds }: { readonly seeds: readonly number[]; readonly onSeeds: (seeds: readonly number[]) => void }) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && parseSeeds(typed) === null;
  return (
    <div className={styles.textField}>
      <label htmlFor={id} className={styles.label}>
        Seeds, such as 1–3
      </label>
      <input
        id={id}
        className={styles.input}
        value={typed ?? seeds.join(', ')}
        aria-invalid={wrong}
        onChange={(event) => {
          setTyped(event.target.value);
          const parsed = parseSeeds(event.target.value);
          if (parsed) onSeeds(parsed);
        }}
        onBlur={() => setTyped(null)}
      />
    </div>
  );
}

function heldOutCount({ evaluation: { questions } }: SeesawSettings): number {
  if (questions.kind === 'bundled') return BUNDLED_QUESTIONS.find(({ name }) => name === questions.name)?.questions ?? 0;
  return questions.kind === 'asked' ? 1 : Infinity;
}
