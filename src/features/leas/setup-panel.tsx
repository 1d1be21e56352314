import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { useBundledModels } from '../../state/leas/settings-store.ts';
import type { LeasSession, LeasSettings, LeasState } from '../../state/leas/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatDuration, plural } from '../../ui/format.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { NumberField } from '../rollouts/number-field.tsx';
import { questionsLabel } from '../rollouts/choices.ts';
import panel from '../rollouts/settings-panel.module.css';
import { DialectFields } from '../shared/dialect-fields.tsx';
import { ModelsForm } from './models-form.tsx';
import { SetsForm } from './sets-form.tsx';
import styles from './setup-panel.module.css';
import { useKept } from './use-kept.ts';
import { rolloutsOf } from './work.ts';

interface Props {
  readonly settings: LeasSettings;
  readonly onSettings: (change: Partial<LeasSettings>) => void;
  readonly run: LeasState;
  readonly session: LeasSession;
  readonly busy: boolean;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
}

/** Everything of the next run: one line folded, models, sets and numbers unfolded. */
export function SetupPanel({ settings, onSettings, run, session, busy, open, onOpen }: Props) {
  const { models, sets, samples, comparisonSamples, temperature } = settings;
  const present = useBundledModels((state) => state.present);
  const rollouts = rolloutsOf(settings, (set) => (set.questions.kind === 'bundled' ? (BUNDLED_QUESTIONS.find(({ name }) => name === (set.questions.kind === 'bundled' ? set.questions.name : ''))?.questions ?? 0) : Infinity));
  const { progress } = run;
  // Rollouts a second of the run on the page, where it has one.
  const pace = progress !== null && run.origin.kind === 'live' && run.seconds !== null && run.seconds > 0 && run.ready !== null && progress.done > run.ready.kept ? (progress.done - run.ready.kept) / run.seconds : null;
  const source = models.kind === 'bundled' ? (present === false ? 'models trained here first' : 'models of this page') : models.kind === 'train' ? `models trained here, ${models.seeds.length === 1 ? `seed ${models.seeds[0]}` : `seeds ${models.seeds.join(', ')}`}` : `models of ${models.name}`;
  return (
    <details className={panel.details} open={open} onToggle={(event) => onOpen(event.currentTarget.open)}>
      <summary className={[panel.summary, styles.summary].join(' ')}>
        <span className={panel.name}>{busy ? 'Next run' : 'Set up'}</span>
        <span className={panel.line}>{[source, sets.map(({ label, questions, maxQuestions }) => `${label}: ${maxQuestions === 0 ? 'all' : maxQuestions} of ${questionsLabel(questions)}`).join(', '), plural(samples, 'sample'), `temperature ${temperature}`].join(' · ')}</span>
      </summary>
      <div className={styles.body}>
        <section className={styles.group} aria-labelledby="models-title">
          <h2 className={panel.title} id="models-title">
            Models
          </h2>
          <ModelsForm settings={settings} onSettings={onSettings} session={session} present={present} />
        </section>
        <section className={styles.group} aria-labelledby="amount-title">
          <h2 className={panel.title} id="amount-title">
            Questions and samples
          </h2>
          <SetsForm sets={sets} onSets={(next) => onSettings({ sets: next })} />
          <div className={styles.fields}>
            <NumberField label="Samples of each question" value={samples} min={1} max={1024} onChange={(value) => onSettings({ samples: value })} />
            <NumberField label="Samples beside the hybrids (0: none)" value={comparisonSamples} min={0} max={1024} onChange={(value) => onSettings({ comparisonSamples: value })} />
            <NumberField label="Temperature" value={temperature} min={0.01} max={10} fraction onChange={(value) => onSettings({ temperature: value })} />
            <NumberField label="Seed of the rollouts" value={settings.seed} min={0} max={4_294_967_295} onChange={(seed) => onSettings({ seed })} />
            <NumberField label="Rollouts together" value={settings.batch} min={1} max={1024} onChange={(batch) => onSettings({ batch })} />
            <DialectFields environment={settings.environment} onEnvironment={(environment) => onSettings({ environment })} />
          </div>
          <p className={styles.about}>
            {`${Number.isFinite(rollouts) ? plural(rollouts, 'rollout') : 'As many rollouts as the file has questions'}${pace === null || !Number.isFinite(rollouts) ? '' : `, about ${formatDuration(rollouts / pace)} here at the pace of the last run`}. 16 samples or more; the paper took 50. More can be added while it runs.`}
          </p>
          <p className={styles.about}>Temperature matters: every accuracy is that of sampling at this temperature, and so is their contrast. Near 0 a model answers nearly always or never, and λ jumps between extremes; high temperatures pull all models towards guessing.</p>
          <KeptRollouts settings={settings} onSettings={onSettings} session={session} status={run.status} />
        </section>
      </div>
    </details>
  );
}

function KeptRollouts({ settings, onSettings, session, status }: Pick<Props, 'settings' | 'onSettings' | 'session'> & { readonly status: string }) {
  const [kept, forget] = useKept(session, status);
  return (
    <div className={styles.fields}>
      <CheckField label="Keep finished rollouts in this browser" checked={settings.keep} onChange={(keep) => onSettings({ keep })} />
      {kept !== null && kept > 0 && (
        <>
          <span className={styles.about}>{`${formatBytes(kept)} kept: the same run goes on from them.`}</span>
          <Button size="small" onClick={forget}>
            Forget kept rollouts
          </Button>
        </>
      )}
    </div>
  );
}
