import { memo } from 'react';
import type { RolloutSettings, RolloutState } from '../../state/rollouts/types.ts';
import { isWriting } from '../../state/rollouts/run-store.ts';
import { formatCount, formatDuration, formatFixed, formatSignificant } from '../../ui/format.ts';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { ParityMeter } from './parity-meter.tsx';
import styles from './run-figures.module.css';

interface Props {
  readonly run: Pick<RolloutState, 'status' | 'phase' | 'progress' | 'ready' | 'parity' | 'noParity' | 'seconds'>;
  readonly provider: RolloutSettings['provider'];
  readonly onProvider: (provider: RolloutSettings['provider']) => void;
}

const PROVIDER = { webgpu: 'WebGPU', wasm: 'WebAssembly' } as const;

/** What the run as a whole took and how far its numbers can be trusted; the same while only tokens come in. */
export const RunFigures = memo(function RunFigures({ run, provider, onProvider }: Props) {
  const { progress, ready } = run;
  return (
    <section className={styles.section} aria-label="This run">
      <h2 className={styles.title}>This run</h2>
      <dl className={styles.rows}>
        <div className={styles.row}>
          <dt>Speed</dt>
          <dd className={styles.value}>{progress === null ? '–' : `${formatCount(progress.tokensPerSecond)} tokens/s`}</dd>
          {progress !== null && <dd className={styles.meaning}>{speedText(run)}</dd>}
        </div>
        <div className={styles.row}>
          <dt>Parity with the engine</dt>
          <dd className={styles.value}>{run.parity === null ? 'not measured' : `${formatSignificant(run.parity.maxDifference, 2)} nats`}</dd>
          <dd className={styles.meaning}>
            {run.parity === null ? (run.noParity ?? (run.phase === 'parity' ? 'The engine’s forward is being taken.' : 'Measured when rollouts are finished: the largest |Δ log π| against this page’s own forward of the same tokens.')) : <ParityMeter parity={run.parity} />}
          </dd>
        </div>
        <div className={styles.row}>
          <dt>Provider</dt>
          <dd className={styles.value}>{ready === null ? '–' : PROVIDER[ready.provider.provider]}</dd>
          <dd className={styles.meaning}>
            {ready !== null && <p>{ready.provider.reason}</p>}
            {ready !== null && ready.provider.measured.length > 0 && <p>{ready.provider.measured.map((trial) => `${PROVIDER[trial.provider]} ${formatFixed(trial.millisecondsPerStep, 1)} ms a step`).join('; ')}.</p>}
            <div className={styles.choice}>
              <ToggleField
                label="Provider of the next run"
                value={provider}
                options={[
                  { value: 'auto', label: 'Automatic' },
                  { value: 'webgpu', label: 'WebGPU' },
                  { value: 'wasm', label: 'WebAssembly' },
                ]}
                onChange={onProvider}
              />
            </div>
          </dd>
        </div>
      </dl>
    </section>
  );
}, sameFigures);

function sameFigures(a: Props, b: Props): boolean {
  const keys = ['status', 'phase', 'progress', 'ready', 'parity', 'noParity', 'seconds'] as const;
  return a.provider === b.provider && a.onProvider === b.onProvider && keys.every((key) => a.run[key] === b.run[key]);
}

function speedText({ status, progress, seconds }: Props['run']): string {
  if (progress === null) return '';
  const { inputs, kernels, sampling, environment } = progress.split;
  const total = inputs + kernels + sampling + environment;
  const share = (value: number) => `${formatFixed((100 * value) / total, 0)} %`;
  const split = total > 0 ? `; of the time onnxruntime ${share(kernels)}, inputs ${share(inputs)}, sampling ${share(sampling)}, prompts and searches ${share(environment)}` : '';
  const time = seconds !== null ? ` in ${formatDuration(seconds)}` : isWriting(status) && progress.secondsLeft !== null ? `, ${formatDuration(progress.secondsLeft)} left` : '';
  return `${formatCount(progress.tokens)} tokens encoded${time}${split}.`;
}
