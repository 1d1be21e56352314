import type { Verdict } from '../lab/model-check-events.ts';
import { useModelCheck } from '../state/model-check/check-store.ts';
import type { ModelCheckState } from '../state/model-check/types.ts';
import { deviceName, type Session } from '../state/session.ts';
import { checkFinding, checkProgress, CHECK_VERDICT, DIFFERENCE_COLUMNS, differenceRow, OUTCOME, PHASE_COLUMNS, phaseRow } from './device/model-check-words.ts';
import type { HeadlessStatus } from './headless.ts';

/** What `npm run reproduce -- model` asks for. */
export interface HeadlessModelOptions {
  readonly tokens: number;
}

export interface HeadlessModelResult {
  readonly finding: string;
  /** Every verdict that was reached, in words. */
  readonly verdicts: readonly { readonly name: string; readonly outcome: string; readonly finding: string }[];
  /** Whether every verdict was reached and none failed. */
  readonly passed: boolean;
  /** The first row heads the others. `phases`: which phase each of the others is of. */
  readonly table: readonly (readonly string[])[];
  readonly phases: readonly string[];
  readonly differences: readonly (readonly string[])[];
  readonly backbone: string;
  readonly device: string;
  readonly predictedBytes: number | null;
  readonly measuredBytes: number | null;
  readonly longestSubmitMs: number | null;
  /** Null where the check was not finished. */
  readonly seconds: number | null;
  /** Why it could not be finished. */
  readonly failure: string | null;
}

export interface HeadlessModel {
  /** Checks the backbone; one that cannot be finished tells what it found before. */
  run(options: HeadlessModelOptions): Promise<HeadlessModelResult>;
  status(): HeadlessStatus;
  file(): Promise<void>;
}

interface Inputs {
  openBackbone(): Promise<void>;
  save(blob: Blob, name: string): void;
}

const NEEDED: readonly Verdict['kind'][] = ['memory', 'onnxruntime', 'backward', 'differences'];

export function headlessModel(session: Session, inputs: Inputs): HeadlessModel {
  return {
    async run({ tokens }) {
      window.location.hash = '#/device';
      await inputs.openBackbone();
      session.modelCheck.start(tokens);
      return resultOf(await settled());
    },
    status: () => statusOf(useModelCheck.getState()),
    file: () => {
      inputs.save(session.modelCheck.record(), 'model-check.json');
      return Promise.resolve();
    },
  };
}

function settled(): Promise<ModelCheckState> {
  return new Promise((resolve) => {
    const unsubscribe = useModelCheck.subscribe((state) => {
      if (state.status !== 'finished' && state.status !== 'failed' && state.status !== 'cancelled') return;
      unsubscribe();
      resolve(state);
    });
  });
}

function statusOf(state: ModelCheckState): HeadlessStatus {
  return { status: state.status, phase: state.phase ?? '', detail: checkProgress(state).slice(1).join(', '), device: deviceName(state.device), fraction: 0, tokensPerSecond: 0, secondsLeft: null, analysing: false };
}

function resultOf(state: ModelCheckState): HeadlessModelResult {
  const { status, verdicts, measures, differences, backbone, device, predicted, longestSubmitMs, seconds, failure } = state;
  const measured = Math.max(0, ...measures.filter(({ phase }) => phase !== 'predict').map(({ peakBytes }) => peakBytes));
  return {
    finding: checkFinding(state, state.config?.backbone ?? ''),
    verdicts: verdicts.map(({ kind, outcome, finding }) => ({ name: CHECK_VERDICT[kind], outcome: OUTCOME[outcome], finding })),
    passed: status === 'finished' && NEEDED.every((kind) => verdicts.some((verdict) => verdict.kind === kind && verdict.outcome !== 'failed')),
    table: [PHASE_COLUMNS, ...measures.map(phaseRow)],
    phases: measures.map(({ phase }) => phase),
    differences: differences.length === 0 ? [] : [DIFFERENCE_COLUMNS, ...differences.map(differenceRow)],
    backbone: backbone ? `${backbone.name}: ${backbone.file}, ${backbone.quantisation}, ${backbone.parameters} parameters, SHA-256 ${backbone.sha256}` : (state.config?.backbone ?? ''),
    device: deviceName(device),
    predictedBytes: predicted?.peak ?? null,
    measuredBytes: measured === 0 ? null : measured,
    longestSubmitMs,
    seconds,
    failure: failure ? `${failure.message} ${failure.remedy}` : status === 'cancelled' ? 'The check was cancelled.' : null,
  };
}
