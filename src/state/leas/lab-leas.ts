import { browserStorage } from '../../agent/retriever/storage-folder.ts';
import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import type { ExperimentAnalysis, ExperimentCounts } from '../../core/leas/experiment.ts';
import type { Model } from '../../core/leas/models.ts';
import { buildLeasRecord, countsOfRecord, type LeasRecord } from '../../core/leas/record.ts';
import type { LeasEvent, LeasRollout, LeasRunConfig } from '../../lab/leas-events.ts';
import { LeasStore } from '../../lab/leas-store.ts';
import { trainedArmsAmong } from '../../lab/trained-arms.ts';
import { leasSteps, type LeasReplayEvent } from '../../replay/leas-steps.ts';
import { play, type Playback } from '../../replay/player.ts';
import { replayLabel } from '../../replay/replay-events.ts';
import type { LabClient } from '../../worker/client.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import { unzipped } from '../adapter-zip.ts';
import { AnalysisScheduler } from '../analysis-scheduler.ts';
import type { LogLine } from '../angle-run.ts';
import type { ReadCounts } from '../files-protocol.ts';
import { FrameNotifier } from '../frame-notifier.ts';
import { refusal } from '../open-files.ts';
import { WakeLock } from '../seesaw/wake-lock.ts';
import type { OpenedFile, OpenResult } from '../session.ts';
import { useSources } from '../sources-store.ts';
import { bundledRecording, lookForBundledModels } from './bundled-models.ts';
import { missingArms, seedsOf } from './given-arms.ts';
import { comparisonTable, countsTable, lambdaTable } from './leas-csv.ts';
import { recordInput, shownLeasConfig } from './leas-record-input.ts';
import { LeasRun } from './leas-run.ts';
import { isLeasBusy, useLeasRun } from './run-store.ts';
import { DEFAULT_TRAINED, setLeasSettings, useLeasSettings } from './settings-store.ts';
import type { LeasExport, LeasSession, OpenedCounts } from './types.ts';

export type LeasClient = Pick<LabClient, 'startLeas' | 'subscribeLeas' | 'steerLeas' | 'pause' | 'resume' | 'cancel'>;

/** What LEAS needs besides the laboratory: a thread that analyses, and one that reads files. */
export interface LeasPorts {
  readonly client: LeasClient;
  readonly analyse: (counts: ExperimentCounts, settings: AnalysisSettings) => Promise<ExperimentAnalysis>;
  readonly readCounts: (blob: Blob, mapping: ReadonlyMap<string, Model>) => Promise<ReadCounts>;
  readonly readRecord: (blob: Blob) => Promise<LeasRecord>;
  /** Adapters that the seesaw page has trained, with their backbone; null before any training. */
  readonly trained: () => { readonly backbone: BackboneChoice; readonly files: readonly OpenedFile[] } | null;
}

/** Seconds that a replay takes at most, however long the run was. */
const REPLAY_SECONDS = 12;
/** While counts come in, and first of all, fewer random draws do; the last analysis has them all. */
const QUICK = { draws: 200, splits: 40, repeats: 40 } as const;
/** Beyond so many counts of questions a first quick analysis stands before the whole one. */
const MANY_QUESTIONS = 400;

interface Started {
  readonly config: LeasRunConfig;
  readonly backbone: BackboneChoice;
}

interface Recording {
  readonly record: LeasRecord;
  readonly name: string;
}

/** One experiment at a time: live, replayed, or counts from a file. Events go into `LeasRun`; React hears of them through the store. */
export class LabLeas implements LeasSession {
  readonly #ports: LeasPorts;
  readonly #notifier = new FrameNotifier(100);
  readonly #wakeLock: WakeLock;
  readonly #openStore: () => Promise<LeasStore>;
  readonly #scheduler: AnalysisScheduler<() => ExperimentCounts, AnalysisSettings, ExperimentAnalysis>;
  #run = new LeasRun(null);
  #started: Started | null = null;
  #playback: Playback | null = null;
  #recording: Recording | null = null;
  #countsFile: { readonly blob: Blob; readonly name: string } | null = null;
  /** Numbers what is begun, so that what was waited for meanwhile is dropped. */
  #begun = 0;
  /** What the newest analysis was asked of. */
  #asked = '';

  constructor(ports: LeasPorts, wakeLock = new WakeLock(), openStore = async () => new LeasStore(await browserStorage(LeasStore.folder))) {
    this.#ports = ports;
    this.#wakeLock = wakeLock;
    this.#openStore = openStore;
    this.#scheduler = new AnalysisScheduler(
      { analyse: (counts, settings) => ports.analyse(counts(), settings) },
      (analysis) => {
        useLeasRun.setState({ analysis, analysisFailure: null });
        this.#notifier.notify();
      },
      (message) => {
        useLeasRun.setState({ analysisFailure: message });
        this.#notifier.notify();
      },
      500,
      3,
    );
    this.#notifier.subscribe(() => this.#flush());
    ports.client.subscribeLeas((event) => {
      if (this.#recording === null && this.#countsFile === null) this.#apply(event);
    });
    useLeasSettings.subscribe((state, before) => {
      if (state.analysis !== before.analysis) this.#analyse();
    });
  }

  start(): void {
    const { models, sets, samples, comparisonSamples, temperature, seed, retriever, environment, batch, provider, keep } = useLeasSettings.getState();
    const { backbone } = useSources.getState();
    const config = { backbone: backbone.name, models, sets, samples, comparisonSamples, temperature, seed, retriever, environment, batch, provider, keep };
    if (models.kind !== 'bundled') {
      this.#begin({ config, backbone });
      return;
    }
    this.#prepare(config);
    const begun = this.#begun;
    void this.lookForBundled().then((present) => {
      if (begun !== this.#begun) return;
      if (present) {
        this.#begin({ config, backbone });
        return;
      }
      setLeasSettings({ models: DEFAULT_TRAINED });
      this.#begin({ config: { ...config, models: DEFAULT_TRAINED }, backbone }, 'This copy of the page comes without trained models: they are trained here first.');
    });
  }

  pause(): void {
    if (this.#recording) this.#playback?.pause();
    else this.#ports.client.pause('leas');
  }

  resume(): void {
    if (this.#recording) this.#playback?.resume();
    else this.#ports.client.resume('leas');
  }

  cancel(): void {
    if (this.#recording) this.#playback?.cancel();
    else this.#ports.client.cancel('leas');
  }

  reset(): void {
    if (this.#recording) this.#play(this.#recording);
    else if (this.#started && this.#countsFile === null) {
      const started = this.#started;
      const fingerprint = this.#run.snapshot().ready?.fingerprint;
      if (isLeasBusy(this.#run.snapshot().status)) this.#ports.client.cancel('leas');
      this.#prepare(started.config);
      const begun = this.#begun;
      void this.#openStore()
        .then((store) => store.forget(fingerprint === undefined ? [] : [fingerprint]))
        .catch(() => undefined)
        .then(() => {
          if (begun === this.#begun) this.#begin(started);
        });
    } else this.start();
  }

  newSeed(): void {
    const seed = crypto.getRandomValues(new Uint16Array(1))[0];
    setLeasSettings({ seed });
    if (this.#started && this.#recording === null && this.#countsFile === null) this.#begin({ ...this.#started, config: { ...this.#started.config, seed } });
    else this.start();
  }

  setSamples(samples: number): void {
    setLeasSettings({ samples });
    const { status, samples: now } = this.#run.snapshot();
    if (this.#recording !== null || this.#countsFile !== null || samples <= now || this.#started === null) return;
    if (isLeasBusy(status)) this.#ports.client.steerLeas({ kind: 'samples', samples });
    // What is kept in storage is taken from there; only the new ones are written.
    else this.#begin({ ...this.#started, config: { ...this.#started.config, samples } });
  }

  analyse(settings: AnalysisSettings): void {
    setLeasSettings({ analysis: settings });
  }

  rollouts(set: string, question: string): readonly LeasRollout[] {
    return this.#run.rollouts(set, question);
  }

  log(): readonly LogLine[] {
    return this.#run.log;
  }

  takeFromSeesaw(): OpenResult {
    const trained = this.#ports.trained();
    if (trained === null) return { kind: 'refused', message: 'Nothing is trained on the seesaw page in this visit.', remedy: 'Train Joint, Reasoning only and Tool only there first; a recording holds no adapters.' };
    const result = this.#give('seesaw page', trained.files);
    if (result.kind === 'opened') useSources.setState({ backbone: trained.backbone });
    return result;
  }

  async openAdapters(files: readonly OpenedFile[]): Promise<OpenResult> {
    try {
      return this.#give(files[0]?.path.split('/')[0] ?? 'adapters', await unzipped(files));
    } catch (error) {
      return refusal(error);
    }
  }

  async openCounts(blob: Blob, name: string, mapping: ReadonlyMap<string, Model> = new Map()): Promise<OpenResult> {
    try {
      if (this.#isLive()) return UNDER_WAY;
      const { seeds, ...file } = await this.#ports.readCounts(blob, mapping);
      if (this.#isLive()) return UNDER_WAY;
      this.#leave();
      this.#countsFile = { blob, name };
      const opened: OpenedCounts = { ...file, name, mapping };
      this.#show(LeasRun.ofCounts(opened, { sets: file.rows === 0 ? [] : [{ label: 'counts', seeds }], compared: [] }));
      // What is left to do or was left out stands on the page itself.
      return { kind: 'opened', what: '', page: 'leas' };
    } catch (error) {
      return refusal(error);
    }
  }

  mapModels(mapping: ReadonlyMap<string, Model>): Promise<OpenResult> {
    if (this.#countsFile === null) return Promise.resolve({ kind: 'refused', message: 'No file of counts is open.', remedy: 'Open one first.' });
    return this.openCounts(this.#countsFile.blob, this.#countsFile.name, mapping);
  }

  async kept(): Promise<number | null> {
    try {
      return await (await this.#openStore()).bytes();
    } catch {
      // Private windows refuse storage: then nothing is kept.
      return null;
    }
  }

  async forgetKept(): Promise<void> {
    await (await this.#openStore()).forget();
  }

  async exportRecord(): Promise<Blob> {
    const record = this.#recording?.record ?? (await this.#record());
    return new Blob([JSON.stringify(record)], { type: 'application/json' });
  }

  exportCsv(kind: LeasExport): Blob {
    const { analysis, sets } = useLeasRun.getState();
    if (analysis === null) throw new Error('Nothing is counted yet.');
    const text = kind === 'lambda' ? lambdaTable(analysis) : kind === 'counts' ? countsTable(analysis, sets) : comparisonTable(analysis);
    return new Blob([text], { type: 'text/csv' });
  }

  async openRecord(blob: Blob, name: string): Promise<OpenResult> {
    try {
      if (this.#isLive()) return UNDER_WAY;
      const record = await this.#ports.readRecord(blob);
      if (this.#isLive()) return UNDER_WAY;
      this.#play({ record, name });
      return { kind: 'opened', what: '', page: 'leas' };
    } catch (error) {
      return refusal(error);
    }
  }

  lookForBundled(): Promise<boolean> {
    return lookForBundledModels();
  }

  async playBundled(): Promise<OpenResult> {
    try {
      const blob = await bundledRecording();
      if (blob === null) return { kind: 'refused', message: 'This copy of the page comes without a recorded run of LEAS.', remedy: 'Run it on this device instead, or open counts or a run record.' };
      return await this.openRecord(blob, 'bundled LEAS run');
    } catch (error) {
      return refusal(error);
    }
  }

  /** Counts with every random draw, whatever the page shows now. */
  async #record(): Promise<LeasRecord> {
    const run = this.#run;
    const { opened, ready } = run.snapshot();
    if (run.snapshot().revision === 0 || (opened === null ? ready === null : opened.rows === 0)) throw new Error('Nothing is counted yet.');
    const analysis = await this.#ports.analyse(run.counts(), useLeasSettings.getState().analysis);
    const file = opened === null || this.#countsFile === null ? null : new Uint8Array(await this.#countsFile.blob.arrayBuffer());
    return buildLeasRecord(recordInput(run, analysis, file));
  }

  #give(name: string, files: readonly OpenedFile[]): OpenResult {
    const arms = trainedArmsAmong(files);
    const missing = missingArms(arms);
    if (missing !== null) return { kind: 'refused', message: missing, remedy: 'Open a folder or a zip with one PEFT folder an arm and seed: joint-1, reasoning-only-1, tool-only-1, and dart-1 and two-agents-1 for the table beside the hybrids.' };
    setLeasSettings({ models: { kind: 'given', name, arms } });
    const seeds = seedsOf(arms);
    return { kind: 'opened', what: `${arms.length} trained models (${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`}) from ${name} are those of the next run.`, page: 'leas' };
  }

  #isLive(): boolean {
    return this.#recording === null && this.#countsFile === null && isLeasBusy(useLeasRun.getState().status);
  }

  #prepare(config: LeasRunConfig): void {
    this.#leave();
    this.#show(new LeasRun(config));
  }

  #begin(started: Started, notice: string | null = null): void {
    this.#prepare(started.config);
    this.#started = started;
    useLeasRun.setState({ notice });
    this.#wakeLock.keep(true);
    this.#ports.client.startLeas(started.config, started.backbone);
  }

  #play(recording: Recording): void {
    const { record, name } = recording;
    this.#leave();
    this.#recording = recording;
    const { device, date } = replayLabel(record);
    const origin = { kind: 'recorded', device: record.backbone === null ? 'counts of a file' : device, date, name } as const;
    setLeasSettings({ analysis: record.config.settings });
    const { run: plain, mapping } = record.config;
    if (plain === null) {
      const { format, ...source } = record.source;
      const opened: OpenedCounts = { ...source, format: format === 'json-lines' ? format : 'csv', mapping: new Map(Object.entries(mapping)), message: null };
      this.#show(LeasRun.ofCounts(opened, countsOfRecord(record), origin));
      return;
    }
    const run = new LeasRun(shownLeasConfig(plain), origin);
    this.#show(run);
    const steps = leasSteps(record);
    const seconds = ((steps.at(-1)?.at ?? 0) - (steps[0]?.at ?? 0)) / 1000;
    this.#playback = play<LeasReplayEvent>(
      steps,
      (event) => {
        if (run !== this.#run) return;
        this.#apply(event);
        if (event.type === 'ready') run.keep(record.rollouts);
      },
      { speed: Math.max(1, seconds / REPLAY_SECONDS) },
    );
  }

  /** Ends what is on the page. */
  #leave(): void {
    this.#begun += 1;
    this.#recording = null;
    this.#countsFile = null;
    this.#playback?.cancel();
    this.#playback = null;
  }

  #show(run: LeasRun): void {
    this.#run = run;
    this.#scheduler.reset();
    this.#asked = '';
    useLeasRun.setState({ ...run.snapshot(), analysis: null, analysing: false, analysisFailure: null, notice: null }, true);
    this.#analyse();
  }

  #apply(event: LeasEvent | LeasReplayEvent): void {
    this.#run.apply(event);
    const { status } = this.#run.snapshot();
    this.#wakeLock.keep(this.#recording === null && isLeasBusy(status) && status !== 'paused');
    this.#notifier.notify();
  }

  #flush(): void {
    this.#analyse();
    const { analysis, analysisFailure, notice } = useLeasRun.getState();
    useLeasRun.setState({ ...this.#run.snapshot(), analysis, analysisFailure, notice, analysing: this.#scheduler.busy });
  }

  /** Asks for an analysis when the counts or the settings are others than last time. */
  #analyse(): void {
    const run = this.#run;
    const { revision, status, opened } = run.snapshot();
    if (revision === 0 || opened?.rows === 0) return;
    const wanted = useLeasSettings.getState().analysis;
    const first = useLeasRun.getState().analysis === null;
    const quick = status === 'loading' || status === 'running' || (first && (opened?.rows ?? 0) > MANY_QUESTIONS);
    const settings = quick ? { ...wanted, draws: Math.min(wanted.draws, QUICK.draws), splits: Math.min(wanted.splits, QUICK.splits), repeats: Math.min(wanted.repeats, QUICK.repeats) } : wanted;
    const words = `${revision} ${JSON.stringify(settings)}`;
    if (this.#asked === words) return;
    this.#asked = words;
    this.#scheduler.request(() => run.counts(), settings);
    useLeasRun.setState({ analysing: true });
  }
}

const UNDER_WAY: OpenResult = { kind: 'refused', message: 'A run of LEAS is under way.', remedy: 'Cancel it first, then open the file again.' };
