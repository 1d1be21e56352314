import { exportSvg } from '../charts/export/svg.ts';
import { fontFaceRule } from '../charts/export/font.ts';
import type { ParameterSet } from '../core/gram/types.ts';
import { setAnalysis, setExperiment, useExperiment } from '../state/experiment-store.ts';
import { type RunState, useRun } from '../state/run-store.ts';
import { deviceName, type ExportKind, type OpenedFile, type Session } from '../state/session.ts';
import { headlessLeas, type HeadlessLeas } from './headless-leas.ts';
import { headlessModel, type HeadlessModel } from './headless-model.ts';
import { headlessRollouts, type HeadlessRollouts } from './headless-rollouts.ts';
import { headlessSeesaw, type HeadlessSeesaw } from './headless-seesaw.ts';
import { captionOf, histogramTitle } from './angles/histogram-data.ts';

/** What `npm run reproduce` asks for; the rest is the page's defaults. */
export interface HeadlessOptions {
  readonly parameterSet: ParameterSet;
  readonly seed: number;
  /** 0: all questions of the file. */
  readonly maxGroups: number;
}

export interface HeadlessStatus {
  readonly status: RunState['status'];
  readonly phase: string;
  readonly detail: string;
  readonly device: string;
  readonly fraction: number;
  readonly tokensPerSecond: number;
  readonly secondsLeft: number | null;
  readonly analysing: boolean;
}

export interface HeadlessSummary {
  readonly finding: string;
  readonly device: string;
  readonly seconds: number;
  readonly trajectories: number;
  readonly angles: number;
}

export type HeadlessFile = Extract<ExportKind, 'record' | 'gram' | 'angles'> | 'figure';

/**
 * The page without hands, for `npm run reproduce`: there only with `?headless=1`. Files are given through two inputs,
 * `#headless-backbone` (a folder) and `#headless-trajectories`, so that a browser reads them from disk itself however
 * large they are; what `run` measured is taken with `file`, as a download. Errors are sentences.
 */
export interface Headless {
  run(options: HeadlessOptions): Promise<HeadlessSummary>;
  status(): HeadlessStatus;
  file(kind: HeadlessFile): Promise<void>;
  /** The same for rollouts; inputs `#headless-questions` and `#headless-corpus`. */
  readonly rollouts: HeadlessRollouts;
  /** The same for training, on question sets of the page. */
  readonly seesaw: HeadlessSeesaw;
  /** The same for LEAS; input `#headless-adapters` (a folder). */
  readonly leas: HeadlessLeas;
  /** The check of a backbone. */
  readonly model: HeadlessModel;
}

declare global {
  interface Window {
    seesawHeadless?: Headless;
  }
}

const NAMES: Readonly<Record<HeadlessFile, string>> = { record: 'record.json', gram: 'gram.json', angles: 'angles.csv', figure: 'angles.svg' };

export function installHeadless(session: Session): void {
  const backbone = addInput('headless-backbone', true);
  const trajectories = addInput('headless-trajectories', false);
  const [questions, corpus] = [addInput('headless-questions', false), addInput('headless-corpus', false)];
  const adapters = addInput('headless-adapters', true);
  window.seesawHeadless = {
    async run({ parameterSet, seed, maxGroups }) {
      window.location.hash = '#/angles';
      for (const input of [backbone, trajectories]) await openFrom(session, input);
      setExperiment({ parameterSet, seed, maxGroups });
      setAnalysis({ draws: 1000 });
      session.start();
      return summaryOf(await settled());
    },
    status: () => statusOf(useRun.getState()),
    async file(kind) {
      save(kind === 'figure' ? await figure() : await session.exportFile(kind), NAMES[kind]);
    },
    rollouts: headlessRollouts(session, { questions, corpus, openBackbone: () => openFrom(session, backbone), save }),
    seesaw: headlessSeesaw(session, { openBackbone: () => openFrom(session, backbone), save }),
    model: headlessModel(session, { openBackbone: () => openFrom(session, backbone), save }),
    leas: headlessLeas(session, { adapters: () => filesOf(adapters), save }),
  };
}

function addInput(id: string, folder: boolean): HTMLInputElement {
  const input = document.createElement('input');
  Object.assign(input, { id, type: 'file', hidden: true, webkitdirectory: folder });
  document.body.append(input);
  return input;
}

function filesOf(input: HTMLInputElement): OpenedFile[] {
  return Array.from(input.files ?? [], (blob) => ({ path: blob.webkitRelativePath || blob.name, blob }));
}

async function openFrom(session: Session, input: HTMLInputElement): Promise<void> {
  const files = filesOf(input);
  if (files.length === 0) return;
  const result = await session.openFiles(files);
  if (result.kind === 'refused') throw new Error(`${result.message} ${result.remedy}`);
}

/** The run's state once it is over and analysed with all its draws. */
function settled(): Promise<RunState> {
  return new Promise((resolve, reject) => {
    const look = (run: RunState): void => {
      const { failure, status, analysisFailure } = run;
      if (status === 'failed') stop(() => reject(new Error(failure ? `${failure.message} ${failure.remedy}` : 'The run failed.')));
      else if (status === 'cancelled') stop(() => reject(new Error('The run was cancelled.')));
      else if (status !== 'finished' || run.analysing) return;
      else if (analysisFailure !== null) stop(() => reject(new Error(`The analysis failed: ${analysisFailure}`)));
      // While numbers come in, the page draws fewer permutations.
      else if (run.analysis?.settings.draws === useExperiment.getState().analysis.draws) stop(() => resolve(run));
    };
    const unsubscribe = useRun.subscribe(look);
    const stop = (then: () => void): void => {
      unsubscribe();
      then();
    };
  });
}

function statusOf(run: RunState): HeadlessStatus {
  const { progress } = run;
  return {
    status: run.status,
    phase: run.phase ?? '',
    detail: run.detail,
    device: deviceName(run.device),
    fraction: progress ? progress.tokensDone / Math.max(1, progress.tokensTotal) : 0,
    tokensPerSecond: progress?.tokensPerSecond ?? 0,
    secondsLeft: progress?.secondsLeft ?? null,
    analysing: run.analysing,
  };
}

function summaryOf(run: RunState): HeadlessSummary {
  return { finding: run.analysis?.finding ?? '', device: deviceName(run.device), seconds: run.seconds ?? 0, trajectories: run.inventory?.trajectories.length ?? 0, angles: run.analysis?.rows.length ?? 0 };
}

/** The histogram of the angle page as it is drawn there, with title and caption. */
async function figure(): Promise<Blob> {
  const { analysis, inventory, device, parameterSet } = useRun.getState();
  const chart = document.querySelector('main svg[data-chart]');
  if (!(chart instanceof SVGSVGElement) || !analysis) throw new Error('The page shows no histogram.');
  const source = `Backbone ${inventory?.backbone.name ?? ''}, ${parameterSet === 'lora' ? 'LoRA B' : 'full weights'}, measured on ${deviceName(device)}.`;
  const drawn = exportSvg(chart, { title: histogramTitle(analysis), caption: captionOf(analysis, source) }, await fontFaceRule());
  return new Blob([drawn.markup], { type: 'image/svg+xml' });
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
