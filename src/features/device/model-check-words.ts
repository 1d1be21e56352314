import type { CheckPhase, DifferenceCheck, PhaseMeasure, Verdict, VerdictKind } from '../../lab/model-check-events.ts';
import type { ModelCheckState } from '../../state/model-check/types.ts';
import { formatBytes, formatCount, formatDuration, formatFixed, formatSignificant } from '../../ui/format.ts';

export const CHECK_PHASE: Readonly<Record<CheckPhase, string>> = {
  load: 'Read config, tokenizer, weights',
  predict: 'Predict the memory',
  prepare: 'Upload and compile',
  forward: 'Forward',
  backward: 'Backward, both roles',
  differences: 'Finite differences',
  onnxruntime: 'onnxruntime',
};

export const CHECK_VERDICT: Readonly<Record<VerdictKind, string>> = {
  memory: 'Memory',
  onnxruntime: 'Agreement with onnxruntime',
  backward: 'Backward pass',
  differences: 'Gradients',
};

const percent = (share: number): string => `${share >= 0.1 ? formatFixed(100 * share, 0) : formatSignificant(100 * share, 2)} %`;

function outcomeOf(verdicts: readonly Verdict[], kind: VerdictKind): Verdict['outcome'] | null {
  return verdicts.find((verdict) => verdict.kind === kind)?.outcome ?? null;
}

function aboutParity({ parity, verdicts }: ModelCheckState, name: string): string {
  const outcome = outcomeOf(verdicts, 'onnxruntime');
  if (parity === null) return outcome === null ? `${name} has not been compared with onnxruntime` : `${name} could not be compared with onnxruntime`;
  const nats = Number.isFinite(parity.maxDifference) ? `${formatSignificant(parity.maxDifference, 2)} nats` : 'infinitely many nats';
  if (outcome === 'passed') return `${name} agrees with onnxruntime to ${nats}`;
  return outcome === 'told' ? `${name} is within ${nats} of onnxruntime, where activations may be rounded to 8 bits` : `${name} differs from onnxruntime by ${nats}`;
}

function aboutGradients({ verdicts }: ModelCheckState): string | null {
  const outcomes = [outcomeOf(verdicts, 'backward'), outcomeOf(verdicts, 'differences')];
  if (outcomes.includes('failed')) return 'gradients are wrong';
  return outcomes[1] === 'passed' ? 'gradients agree with finite differences' : null;
}

function aboutMemory({ measures, predicted, verdicts }: ModelCheckState): string | null {
  if (predicted === null || outcomeOf(verdicts, 'memory') === null) return null;
  const peak = Math.max(...measures.filter(({ phase }) => phase !== 'predict').map(({ peakBytes }) => peakBytes));
  const deviation = peak / predicted.peak - 1;
  if (Math.abs(deviation) < 0.001) return 'as much memory as predicted';
  return `${percent(Math.abs(deviation))} ${deviation < 0 ? 'below' : 'above'} the predicted memory`;
}

/** The check's finding in one sentence; what it does at the moment while it is under way. */
export function checkFinding(state: ModelCheckState, chosen: string): string {
  const name = state.backbone?.name ?? state.config?.backbone ?? chosen;
  switch (state.status) {
    case 'idle':
      return `${chosen} has not been checked on this device: whether it fits, computes what onnxruntime computes, and has the right gradients.`;
    case 'running':
    case 'paused':
      return `${state.status === 'paused' ? 'Paused' : 'Checking'}: ${name}, ${formatCount(state.config?.tokens ?? 0)} tokens.`;
    default: {
      const found = [aboutParity(state, name), aboutGradients(state), aboutMemory(state)].filter((part) => part !== null);
      const ending = state.status === 'failed' ? ' The check could not be finished.' : state.status === 'cancelled' ? ' The check was cancelled.' : '';
      return state.verdicts.length === 0 ? `${name} was not checked.${ending}` : `${found.join('; ')}.${ending}`;
    }
  }
}

/** How far the check is: the phase, its share, the time left. */
export function checkProgress({ phase, detail, fraction, secondsLeft, status }: ModelCheckState): readonly string[] {
  if (phase === null) return ['Starting'];
  return [
    status === 'paused' ? `Paused: ${CHECK_PHASE[phase]}` : CHECK_PHASE[phase],
    ...(detail === '' ? [] : [detail]),
    ...(fraction === null ? [] : [`${Math.floor(100 * fraction)} %`]),
    ...(secondsLeft === null || status === 'paused' ? [] : [`${formatDuration(secondsLeft)} left`]),
  ];
}

export const PHASE_COLUMNS = ['phase', 'time (s)', 'tokens/s', 'GFLOP/s', 'on the GPU', 'at most', 'result'] as const;

/** One row of the table of phases. */
export function phaseRow({ phase, milliseconds, computing, tokens, flops, gpuBytes, peakBytes, result }: PhaseMeasure): readonly string[] {
  const seconds = computing / 1000;
  const rate = (value: number | null): string => (value === null || seconds <= 0 ? '–' : formatSignificant(value / seconds, 3));
  const predicted = phase === 'predict';
  return [
    CHECK_PHASE[phase],
    formatFixed(milliseconds / 1000, 2),
    rate(tokens),
    rate(flops === null ? null : flops / 1e9),
    predicted || gpuBytes === 0 ? '–' : formatBytes(gpuBytes),
    peakBytes === 0 ? '–' : formatBytes(peakBytes),
    predicted ? `predicted for ${result}` : result,
  ];
}

export const DIFFERENCE_COLUMNS = ['entry', 'gradient', 'difference', 'apart', 'steps', 'verdict'] as const;

export function differenceRow({ layer, target, part, adapter, loss, gradient, difference, error, steps, passed }: DifferenceCheck): readonly string[] {
  return [
    `layer ${layer}, ${target}, ${part} of adapter ${adapter}, loss ${loss}`,
    formatSignificant(gradient, 4),
    formatSignificant(difference, 4),
    Number.isFinite(error) ? percent(error) : 'no number',
    steps.map(({ step, value }) => `${formatSignificant(step, 2)}: ${formatSignificant(value, 4)}`).join('; '),
    passed ? 'agrees' : 'differs',
  ];
}

export const OUTCOME: Readonly<Record<Verdict['outcome'], string>> = { passed: 'passed', failed: 'failed', told: 'told, not judged' };

/** The check as plain text, to be pasted somewhere. */
export function checkText(state: ModelCheckState, chosen: string): string {
  const { backbone, device, verdicts, longestSubmitMs, seconds } = state;
  return [
    checkFinding(state, chosen),
    ...(backbone ? [`Backbone: ${backbone.name}, ${backbone.file}, ${backbone.quantisation}, SHA-256 ${backbone.sha256}`] : []),
    ...(device ? [`Device: ${device.description || device.vendor}${device.software ? ' (software)' : ''}`] : []),
    ...verdicts.map(({ kind, outcome, finding }) => `${CHECK_VERDICT[kind]}: ${OUTCOME[outcome]}. ${finding}`),
    ...(longestSubmitMs === null ? [] : [`Longest submit: ${formatFixed(longestSubmitMs, 0)} ms.`]),
    ...(seconds === null ? [] : [`The check took ${formatDuration(seconds)}.`]),
  ].join('\n');
}
