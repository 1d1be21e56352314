import type { LeasRun } from '../../core/leas/analyse.ts';
import { MODEL_LABELS, MODELS } from '../../core/leas/models.ts';
import type { LeasSession, LeasState } from '../../state/leas/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatDuration, plural } from '../../ui/format.ts';
import styles from './progress-panel.module.css';

interface Props {
  readonly run: LeasState;
  /** Of the set and training seed that are looked at. */
  readonly seedRun: LeasRun | null;
  readonly set: LeasState['sets'][number] | undefined;
  readonly session: Pick<LeasSession, 'setSamples'>;
}

/** How far the run is: training first, then model by model over questions and samples. */
export function ProgressPanel({ run, seedRun, set, session }: Props) {
  const { progress, training, samples } = run;
  const wanted = (set?.questions.size ?? 0) * samples;
  const done = training ?? progress;
  const words =
    training !== null
      ? `Training${training.words === '' ? '' : `: ${training.words}`}${training.total > 0 ? `. ${formatCount(training.done)} of ${plural(training.total, 'step')}` : ''}`
      : progress === null
        ? run.detail
        : `${formatCount(progress.done)} of ${plural(progress.total, 'rollout')}${progress.detail === '' ? '' : `. Now: ${progress.detail}`}${progress.secondsLeft === null ? '' : `. ${formatDuration(progress.secondsLeft)} left`}`;
  return (
    <section className={styles.panel} aria-label="Progress">
      <div className={styles.head}>
        <p>{words}</p>
        <div className={styles.more}>
          <span className={styles.note}>{`${plural(samples, 'sample')} of each question`}</span>
          <Button size="small" onClick={() => session.setSamples(samples + 8)}>
            Add 8 samples
          </Button>
          <Button size="small" onClick={() => session.setSamples(2 * samples)}>
            Double the samples
          </Button>
        </div>
      </div>
      <span className={styles.track}>
        <span className={styles.fill} style={{ transform: `scaleX(${done !== null && done.total > 0 ? done.done / done.total : (run.fraction ?? 0)})` }} />
      </span>
      {seedRun !== null && wanted > 0 && (
        <dl className={styles.models}>
          {MODELS.map((model) => {
            const n = seedRun.rows.reduce((sum, { counts }) => sum + (counts[model]?.n ?? 0), 0);
            const asked = seedRun.rows.filter(({ counts }) => counts[model] !== undefined).length;
            return (
              <div key={model}>
                <dt>{MODEL_LABELS[model]}</dt>
                <dd>
                  <span className={styles.track}>
                    <span className={styles.fill} style={{ transform: `scaleX(${Math.min(1, n / wanted)})` }} />
                  </span>
                  {`${plural(asked, 'question')}, ${formatCount(n)} of ${formatCount(wanted)}`}
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </section>
  );
}
