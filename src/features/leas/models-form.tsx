import { useState } from 'react';
import { DEFAULT_TRAINED, setLeasSettings } from '../../state/leas/settings-store.ts';
import { seedsOf } from '../../state/leas/given-arms.ts';
import type { LeasSession, LeasSettings } from '../../state/leas/types.ts';
import type { OpenedFile, OpenResult } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { NumberField } from '../rollouts/number-field.tsx';
import { pickFiles, pickFolder } from '../shared/pick-files.ts';
import { SeedsField } from './seeds-field.tsx';
import styles from './setup-panel.module.css';

interface Props {
  readonly settings: LeasSettings;
  readonly onSettings: (change: Partial<LeasSettings>) => void;
  readonly session: LeasSession;
  /** Whether trained models come with this copy of the page; null until that is known. */
  readonly present: boolean | null;
}

/** Where the trained models come from. */
export function ModelsForm({ settings, onSettings, session, present }: Props) {
  const { models } = settings;
  const [said, setSaid] = useState<OpenResult | null>(null);
  const open = async (pick: () => Promise<readonly OpenedFile[]>) => {
    const files = await pick();
    if (files.length > 0) setSaid(await session.openAdapters(files));
  };
  const training = models.kind === 'train' ? models.training : DEFAULT_TRAINED.training;
  const train = (change: Partial<typeof training>) => models.kind === 'train' && onSettings({ models: { ...models, training: { ...training, ...change } } });
  return (
    <>
      <fieldset className={styles.choices}>
        <legend className={styles.hidden}>Where the trained models come from</legend>
        <Choice name="Models of this page" checked={models.kind === 'bundled'} about={present === false ? 'This copy of the page comes without them: on Run they are trained here instead.' : 'Trained adapters from three training seeds (two agents: one), for the bundled backbone. Nothing to train.'} onChoose={() => setLeasSettings({ models: { kind: 'bundled' } })} />
        <Choice name="Train them here" checked={models.kind === 'train'} about="Every arm once a seed, as the seesaw page does; checkpoints are kept and gone on from. Needs a WebGPU device." onChoose={() => models.kind !== 'train' && setLeasSettings({ models: DEFAULT_TRAINED })} />
        {models.kind === 'given' && <Choice name={`Opened: ${models.name}`} checked about={`${plural(models.arms.length, 'trained model')}: ${seedsOf(models.arms).map((seed) => `seed ${seed} (${models.arms.filter((arm) => arm.seed === seed).map(({ arm }) => arm).join(', ')})`).join('; ')}`} onChoose={() => undefined} />}
      </fieldset>
      {models.kind === 'train' && (
        <div className={styles.inner}>
          <div className={styles.fields}>
            <SeedsField label="Training seeds, such as 1–3" seeds={models.seeds} onSeeds={(seeds) => onSettings({ models: { ...models, seeds } })} />
            <NumberField label="Steps" value={training.steps} min={1} max={100_000} onChange={(steps) => train({ steps })} />
            <NumberField label="Questions a step" value={training.questions} min={1} max={256} onChange={(questions) => train({ questions })} />
            <NumberField label="Samples a question" value={training.samples} min={2} max={256} onChange={(samples) => train({ samples })} />
            <NumberField label="Total rank" value={models.totalRank} min={2} max={256} onChange={(rank) => onSettings({ models: { ...models, totalRank: rank - (rank % 2) } })} />
          </div>
          <p className={styles.about}>{`${plural(models.seeds.length * (settings.comparisonSamples > 0 ? 5 : 3), 'training run')} of ${plural(training.steps, 'step')}. Fewer than three seeds name no regime.`}</p>
        </div>
      )}
      <div className={styles.fields}>
        <Button size="small" onClick={() => setSaid(session.takeFromSeesaw())}>
          Take them from the seesaw page
        </Button>
        <Button size="small" onClick={() => void open(pickFiles)}>
          Open a zip of adapters
        </Button>
        <Button size="small" onClick={() => void open(pickFolder)}>
          Open a folder of adapters
        </Button>
      </div>
      {said !== null && (
        <p className={said.kind === 'refused' ? styles.problem : styles.about} role={said.kind === 'refused' ? 'alert' : 'status'}>
          {said.kind === 'refused' ? `${said.message} ${said.remedy}` : said.what}
        </p>
      )}
    </>
  );
}

function Choice({ name, about, checked, onChoose }: { readonly name: string; readonly about: string; readonly checked: boolean; readonly onChoose: () => void }) {
  return (
    <label className={styles.choice}>
      <input type="radio" name="leas-models" checked={checked} onChange={onChoose} />
      <span>{name}</span>
      <span className={styles.about}>{about}</span>
    </label>
  );
}
