import { useMemo } from 'react';
import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import { EFFECT_LABELS, MODEL_LABELS, MODELS, type Model } from '../../core/leas/models.ts';
import type { LeasRollout } from '../../lab/leas-events.ts';
import type { LeasSession, LeasState } from '../../state/leas/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatFixed, plural } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { MAP_EFFECTS, type QuestionRow } from './map-rows.ts';
import { setLeasPage, useLeasPage } from './page-store.ts';
import styles from './question-panel.module.css';
import { RolloutSpans } from './rollout-spans.tsx';
import { unitOf } from './words.ts';

interface Props {
  readonly run: LeasState;
  readonly rows: readonly QuestionRow[];
  readonly set: string;
  readonly seed: string | null;
  readonly session: Pick<LeasSession, 'rollouts'>;
  readonly settings: AnalysisSettings;
}

/** The chosen question: its effects, right answers a model, and what each model wrote, side by side. */
export function QuestionPanel({ run, rows, set, seed, session, settings }: Props) {
  const chosen = useLeasPage((page) => page.question);
  const row = rows.find(({ id }) => id === chosen) ?? null;
  if (row === null) {
    return (
      <section className={styles.panel} aria-labelledby="question-title">
        <h2 className={styles.title} id="question-title">
          One question
        </h2>
        <p className={styles.note}>{run.opened === null ? 'Choose a row of the map: what each model wrote stands here side by side.' : 'Choose a row of the map: its counts and effects stand here.'}</p>
      </section>
    );
  }
  return <Question run={run} row={row} rows={rows} set={set} seed={seed} session={session} settings={settings} />;
}

function Question({ run, row, rows, set, seed, session, settings }: Props & { readonly row: QuestionRow }) {
  const question = run.sets.find(({ label }) => label === set)?.questions.get(row.id) ?? null;
  const at = rows.indexOf(row);
  const step = (by: number) => setLeasPage({ question: rows[(at + by + rows.length) % rows.length].id });
  const unit = unitOf(settings.scale);
  return (
    <section className={styles.panel} aria-labelledby="question-title">
      <div className={styles.head}>
        <h2 className={styles.title} id="question-title">
          {row.text}
        </h2>
        <div className={styles.buttons}>
          <Button size="small" onClick={() => step(-1)}>
            Previous
          </Button>
          <Button size="small" onClick={() => step(1)}>
            Next
          </Button>
        </div>
      </div>
      <p className={styles.note}>
        {[
          question === null || question.goldenAnswers.length === 0 ? '' : `Golden answer: ${question.goldenAnswers.join(' / ')}`,
          row.hops === '' ? '' : `${row.hops} ${row.hops === '1' ? 'hop' : 'hops'}`,
          row.effects?.neverAnswered === true ? 'no model ever answered it' : '',
          row.text === row.id ? '' : row.id,
          row.effects === null ? '' : `effects in ${unit}, with 95 % intervals`,
        ]
          .filter((part) => part !== '')
          .join(' · ')}
      </p>
      {row.effects === null ? (
        <p className={styles.note}>Nothing is counted of this question yet.</p>
      ) : (
        <dl className={styles.effects}>
          {MAP_EFFECTS.map((effect) => {
            const value = row.effects?.coefficients[effect] ?? null;
            return (
              <div key={effect}>
                <dt>{EFFECT_LABELS[effect]}</dt>
                <dd>{value === null ? '–' : `${formatFixed(value.estimate, 2)} [${formatFixed(value.low, 2)}, ${formatFixed(value.high, 2)}]`}</dd>
              </div>
            );
          })}
        </dl>
      )}
      <Models run={run} row={row} set={set} seed={seed} session={session} />
    </section>
  );
}

function Models({ run, row, set, seed, session }: Pick<Props, 'run' | 'set' | 'seed' | 'session'> & { readonly row: QuestionRow }) {
  const sample = useLeasPage((page) => page.sample);
  const { revision } = run;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- rollouts come in place, which `revision` tells
  const rollouts = useMemo(() => session.rollouts(set, row.id).filter((one) => one.retrieval === 'search' && (one.seed === null || String(one.seed) === seed)), [session, set, row.id, seed, revision]);
  const samples = Math.max(0, ...rollouts.map((rollout) => rollout.sample + 1));
  const shown = Math.min(sample, Math.max(0, samples - 1));
  return (
    <>
      {samples > 0 && (
        <div className={styles.samples}>
          <SelectField label="Sample" value={String(shown)} options={Array.from({ length: samples }, (_, index) => ({ value: String(index), label: `${index + 1} of ${samples} that can be read` }))} onChange={(value) => setLeasPage({ sample: Number(value) })} />
        </div>
      )}
      <ul className={styles.models}>
        {MODELS.map((model) => (
          <ModelColumn key={model} model={model} row={row} rollout={rollouts.find((one) => one.writer === model && one.sample === shown) ?? null} readable={samples > 0} />
        ))}
      </ul>
      {samples === 0 && run.opened === null && <p className={styles.note}>{run.origin.kind === 'recorded' ? 'The recording kept no rollouts of this question.' : 'No rollouts of this question yet.'}</p>}
    </>
  );
}

function ModelColumn({ model, row, rollout, readable }: { readonly model: Model; readonly row: QuestionRow; readonly rollout: LeasRollout | null; readonly readable: boolean }) {
  const count = row.effects?.counts[model];
  return (
    <li className={styles.model}>
      <div className={styles.modelHead}>
        <h3>{MODEL_LABELS[model]}</h3>
        <span className={styles.count}>{count === undefined ? '–' : `${count.k} of ${count.n} right`}</span>
      </div>
      <span className={styles.track}>
        <span className={styles.fill} style={{ transform: `scaleX(${count === undefined ? 0 : count.k / count.n})` }} />
      </span>
      {rollout !== null ? (
        <>
          <p className={styles.outcome} data-right={rollout.reward === 1}>
            {`${rollout.reward === 1 ? 'Right' : 'Wrong'}: ${rollout.answer ?? 'no answer'}`}
            <span className={styles.facts}>{`${plural(rollout.searches, 'search', 'searches')}${rollout.hit ? ', found it' : ''}${rollout.wellFormed ? '' : ', not well formed'}`}</span>
          </p>
          <RolloutSpans rollout={rollout} />
        </>
      ) : (
        readable && <p className={styles.note}>Not written yet, or not kept.</p>
      )}
    </li>
  );
}
