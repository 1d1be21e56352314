import { deviceName } from '../../state/session.ts';
import { useDevice } from '../../state/device-store.ts';
import { type RunState, useRun } from '../../state/run-store.ts';
import type { Page } from '../../state/route.ts';
import { isChecking, useModelCheck } from '../../state/model-check/check-store.ts';
import { isLeasBusy, useLeasRun } from '../../state/leas/run-store.ts';
import { isWriting, useRolloutRun } from '../../state/rollouts/run-store.ts';
import type { RolloutState } from '../../state/rollouts/types.ts';
import { isTraining, useSeesawRun } from '../../state/seesaw/run-store.ts';
import { isWarmingUp, useTagTokens } from '../../state/tag-tokens/tags-store.ts';
import { useAction } from '../../ui/actions.ts';
import { formatBytes, formatCount, formatDuration, formatSignificant } from '../../ui/format.ts';
import { CHECK_PHASE } from '../device/model-check-words.ts';
import { leasPhaseText } from '../leas/words.ts';
import { WARM_UP_PHASE } from '../models/tag-words.ts';
import { PHASE } from '../rollouts/words.ts';
import { phaseText as seesawPhaseText } from '../seesaw/words.ts';
import styles from './status-line.module.css';

interface Shown {
  readonly phase: string;
  readonly failed: boolean;
  /** Null where nothing is under way. */
  readonly share: number | null;
  readonly parts: readonly string[];
  /** Left out where there is no room. */
  readonly more: readonly string[];
  readonly device: string;
}

/** What the page is doing, always in the same place; a press opens the log of events. */
export function StatusLine({ page }: { readonly page: Page }) {
  // While it loads it may be waiting for a run, which is then what is shown.
  const warming = useTagTokens(({ status, phase }) => isWarmingUp(status) && phase !== null && phase !== 'load');
  if (warming) return <TagStatusLine />;
  switch (page) {
    case 'rollouts':
      return <RolloutStatusLine />;
    case 'seesaw':
      return <SeesawStatusLine />;
    case 'leas':
      return <LeasStatusLine />;
    case 'device':
      return <DeviceStatusLine />;
    default:
      return <AngleStatusLine />;
  }
}

function AngleStatusLine() {
  const run = useRun();
  const probed = useDevice((state) => state.device);
  const recorded = run.origin.kind === 'recorded';
  const { progress } = run;
  const share = progress && progress.tokensTotal > 0 ? progress.tokensDone / progress.tokensTotal : 0;
  const active = run.status === 'running' || run.status === 'paused';
  const more = [
    ...(progress && active && !recorded ? [`${formatCount(progress.tokensPerSecond)} tokens/s`] : []),
    ...(progress && !recorded && progress.gpuBytes > 0 ? [`${formatBytes(progress.gpuBytes)} on the GPU`] : []),
  ];
  const parts = active && progress ? [`${Math.floor(share * 100)} %`, ...(progress.secondsLeft === null ? [] : [`${formatDuration(progress.secondsLeft)} left`])] : [];
  const device = run.origin.kind === 'recorded' ? `recorded on ${run.origin.device}` : deviceName(run.device ?? probed);
  return <Line phase={phaseText(run)} failed={run.status === 'failed'} share={active ? share : null} parts={parts} more={more} device={device} />;
}

function RolloutStatusLine() {
  const run = useRolloutRun();
  const probed = useDevice((state) => state.device);
  const { progress, parity } = run;
  const active = isWriting(run.status);
  const share = run.status === 'loading' ? (run.fraction ?? 0) : progress && progress.total > 0 ? progress.done / progress.total : 0;
  const more = [
    ...(progress && progress.tokensPerSecond > 0 ? [`${formatCount(progress.tokensPerSecond)} tokens/s`] : []),
    ...(progress && progress.gpuBytes > 0 ? [`${formatBytes(progress.gpuBytes)} on the GPU`] : []),
    ...(parity ? [`parity ${formatSignificant(parity.maxDifference, 2)} nats`] : []),
  ];
  const parts = active && progress ? [`${formatCount(progress.done)} of ${formatCount(progress.total)}`, ...(progress.secondsLeft === null ? [] : [`${formatDuration(progress.secondsLeft)} left`])] : [];
  return <Line phase={rolloutPhaseText(run)} failed={run.status === 'failed'} share={active ? share : null} parts={parts} more={more} device={deviceName(run.device ?? probed)} />;
}

function SeesawStatusLine() {
  const run = useSeesawRun();
  const probed = useDevice((state) => state.device);
  const { progress } = run;
  const active = isTraining(run.status);
  const share = run.status === 'loading' || progress === null ? (run.fraction ?? 0) : progress.total > 0 ? progress.done / progress.total : 0;
  const more = [
    ...(progress && active && progress.tokensPerSecond > 0 ? [`${formatCount(progress.tokensPerSecond)} tokens/s`] : []),
    ...(progress && active && progress.gpuBytes > 0 ? [`${formatBytes(progress.gpuBytes)} on the GPU`] : []),
  ];
  const parts = active && progress ? [`${formatCount(progress.done)} of ${formatCount(progress.total)} steps`, ...(progress.secondsLeft === null ? [] : [`${formatDuration(progress.secondsLeft)} left`])] : [];
  const device = run.origin.kind === 'recorded' ? `recorded on ${run.origin.device}` : deviceName(run.device ?? probed);
  return <Line phase={seesawPhaseText(run)} failed={run.status === 'failed'} share={active ? share : null} parts={parts} more={more} device={device} />;
}

/** The check of a backbone while it is under way; else what the angle page does. */
function DeviceStatusLine() {
  const { status, phase, fraction, secondsLeft, device } = useModelCheck();
  if (!isChecking(status)) return <AngleStatusLine />;
  const words = phase === null ? 'Starting' : CHECK_PHASE[phase];
  return <Line phase={status === 'paused' ? 'Paused' : `Checking: ${words}`} failed={false} share={fraction ?? 0} parts={secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`]} more={[]} device={deviceName(device)} />;
}

/** The warm-up of tag tokens, whose dialog may be closed. */
function TagStatusLine() {
  const { status, phase, fraction, secondsLeft } = useTagTokens();
  const device = useDevice((state) => state.device);
  const words = phase === null ? 'Starting' : WARM_UP_PHASE[phase];
  return <Line phase={status === 'paused' ? 'Warm-up of tags: paused' : `Warm-up of tags: ${words}`} failed={false} share={fraction ?? 0} parts={secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`]} more={[]} device={deviceName(device)} />;
}

function LeasStatusLine() {
  const run = useLeasRun();
  const probed = useDevice((state) => state.device);
  const { progress, training } = run;
  const active = isLeasBusy(run.status);
  const done = training ?? progress;
  const share = done !== null && done.total > 0 ? done.done / done.total : (run.fraction ?? 0);
  const more = [
    ...(progress && active && progress.tokensPerSecond > 0 ? [`${formatCount(progress.tokensPerSecond)} tokens/s`] : []),
    ...(progress && active && progress.gpuBytes > 0 ? [`${formatBytes(progress.gpuBytes)} on the GPU`] : []),
  ];
  const parts = !active || done === null ? [] : [`${formatCount(done.done)} of ${formatCount(done.total)} ${training === null ? 'rollouts' : 'steps'}`, ...(training !== null || progress === null || progress.secondsLeft === null ? [] : [`${formatDuration(progress.secondsLeft)} left`])];
  const device = run.origin.kind === 'recorded' ? `recorded on ${run.origin.device}` : deviceName(run.device ?? probed);
  return <Line phase={leasPhaseText(run)} failed={run.status === 'failed'} share={active ? share : null} parts={parts} more={more} device={device} />;
}

function Line({ phase, failed, share, parts, more, device }: Shown) {
  const details = useAction('details');
  return (
    <button type="button" className={styles.line} onClick={details.perform} aria-label={`Status: ${phase.replace(/\.$/, '')}. Opens the details.`}>
      {share !== null && (
        <span className={styles.track}>
          <span className={styles.fill} style={{ display: 'block', transform: `scaleX(${share})` }} />
        </span>
      )}
      <span className={[styles.phase, failed ? styles.failed : ''].join(' ')}>{phase}</span>
      {parts.map((part, index) => (
        <span key={index}>{part}</span>
      ))}
      {more.map((part, index) => (
        <span key={index} className={styles.optional}>
          {part}
        </span>
      ))}
      <span className={styles.space} />
      <span className={[styles.device, styles.optional].join(' ')}>{device}</span>
    </button>
  );
}

function rolloutPhaseText(run: RolloutState): string {
  switch (run.status) {
    case 'idle':
      return 'Ready';
    case 'loading':
      return run.phase === null ? 'Starting' : `${PHASE[run.phase]}${run.detail === '' ? '' : `: ${run.detail}`}`;
    case 'running':
      return run.phase === 'parity' ? PHASE.parity : PHASE.generate;
    case 'paused':
      return 'Paused';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return `Failed: ${run.failure?.message ?? 'no reason given'}`;
    case 'finished':
      return run.seconds === null ? 'Finished' : `Finished in ${formatDuration(run.seconds)}`;
  }
}

export function phaseText(run: RunState): string {
  const replay = run.origin.kind === 'recorded';
  switch (run.status) {
    case 'idle':
      return 'Ready';
    case 'running':
      if (run.asked !== null) return `${run.asked === 'pause' ? 'Pausing' : 'Cancelling'} after the work in flight`;
      return replay ? 'Replaying' : run.phase === null ? 'Starting' : `${run.phase.charAt(0).toUpperCase()}${run.phase.slice(1)}${run.detail === '' ? '' : `: ${run.detail}`}`;
    case 'paused':
      return replay ? 'Replay paused' : 'Paused';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return `Failed: ${run.failure?.message ?? 'no reason given'}`;
    case 'finished':
      return replay ? 'Replay complete' : run.seconds === null ? 'Finished' : `Finished in ${formatDuration(run.seconds)}`;
  }
}
