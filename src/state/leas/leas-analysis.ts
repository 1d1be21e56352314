import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import type { ExperimentAnalysis, ExperimentCounts } from '../../core/leas/experiment.ts';
import { AnalysisScheduler } from '../analysis-scheduler.ts';
import type { LeasPorts } from './leas-ports.ts';
import type { LeasRun } from './leas-run.ts';
import type { LeasState } from './types.ts';

/** What an analysis changes of what the page shows. */
export type Told = Partial<Pick<LeasState, 'analysis' | 'analysisFailure'>>;

/** While counts come in, and first of all, fewer random draws do; the last analysis has them all. */
const QUICK = { draws: 200, splits: 40, repeats: 40 } as const;
/** Beyond so many counts of questions a first quick analysis stands before the whole one. */
const MANY_QUESTIONS = 400;
/** Milliseconds between two analyses at least, and so many times as long as the last one took. */
const PAUSE_MS = 500;
const PAUSE_SHARE = 3;

/** The settings of an analysis that is soon followed by another. */
function quickened(settings: AnalysisSettings): AnalysisSettings {
  return { ...settings, draws: Math.min(settings.draws, QUICK.draws), splits: Math.min(settings.splits, QUICK.splits), repeats: Math.min(settings.repeats, QUICK.repeats) };
}

/** When a run's counts are analysed, and how thoroughly. */
export class LeasAnalysis {
  readonly #scheduler: AnalysisScheduler<() => ExperimentCounts, AnalysisSettings, ExperimentAnalysis>;
  /** What the newest analysis was asked of. */
  #asked = '';

  constructor(analyse: LeasPorts['analyse'], onResult: (analysis: ExperimentAnalysis) => void, onFailure: (message: string) => void) {
    this.#scheduler = new AnalysisScheduler({ analyse: (counts, settings) => analyse(counts(), settings) }, onResult, onFailure, PAUSE_MS, PAUSE_SHARE);
  }

  get busy(): boolean {
    return this.#scheduler.busy;
  }

  /** Another run is shown. */
  reset(): void {
    this.#scheduler.reset();
    this.#asked = '';
  }

  /** Asks for an analysis when the counts or the settings are others than last time. @param first none has come yet @returns whether it was asked for */
  ask(run: LeasRun, wanted: AnalysisSettings, first: boolean): boolean {
    const { revision, status, opened } = run.snapshot();
    if (revision === 0 || opened?.rows === 0) return false;
    const quick = status === 'loading' || status === 'running' || (first && (opened?.rows ?? 0) > MANY_QUESTIONS);
    const settings = quick ? quickened(wanted) : wanted;
    const words = `${revision} ${JSON.stringify(settings)}`;
    if (this.#asked === words) return false;
    this.#asked = words;
    this.#scheduler.request(() => run.counts(), settings);
    return true;
  }
}
