import { browserStorage } from '../../agent/retriever/storage-folder.ts';
import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import type { Model } from '../../core/leas/models.ts';
import { buildLeasRecord, type LeasRecord } from '../../core/leas/record.ts';
import type { LeasEvent, LeasRollout, LeasRunConfig } from '../../lab/leas-events.ts';
import { LeasStore } from '../../lab/leas-store.ts';
import type { LeasReplayEvent } from '../../replay/leas-steps.ts';
import type { Playback } from '../../replay/player.ts';
import type { LogLine } from '../angle-run.ts';
import { FrameNotifier } from '../frame-notifier.ts';
import { refusal } from '../open-files.ts';
import { WakeLock } from '../seesaw/wake-lock.ts';
import type { OpenedFile, OpenResult } from '../session.ts';
import { useSources } from '../sources-store.ts';
import { bundledRecording, lookForBundledModels } from './bundled-models.ts';
import { openArms, takeArms } from './given-arms.ts';
import { KeptRollouts } from './kept-rollouts.ts';
import { LeasAnalysis, type Told } from './leas-analysis.ts';
import { leasTable } from './leas-csv.ts';
import type { LeasPorts, Started } from './leas-ports.ts';
import { recordInput } from './leas-record-input.ts';
import { drawingPause, playRecord, recordedRun, type Recording } from './leas-recording.ts';
import { LeasRun } from './leas-run.ts';
import { isLeasBusy, useLeasRun } from './run-store.ts';
import { DEFAULT_TRAINED, setLeasSettings, useLeasSettings } from './settings-store.ts';
import type { LeasExport, LeasSession, OpenedCounts } from './types.ts';

/** One experiment at a time: live, replayed, or counts from a file. Events go into `LeasRun`; React hears of them through the store. */
export class LabLeas implements LeasSession {
  readonly #ports: LeasPorts;
  readonly #notifier = new FrameNotifier(() => drawingPause(this.#recording));
  readonly #wakeLock: WakeLock;
  readonly #kept: KeptRollouts;
  readonly #analysis: LeasAnalysis;
  #run = new LeasRun(null);
  #started: Started | null = null;
  #playback: Playback | null = null;
  #recording: Recording | null = null;
  #countsFile: { readonly blob: Blob; readonly name: string } | null = null;
  /** Of the newest analysis, until the page is drawn next: once for everything. */
  #told: Told = {};
  /** Numbers what is begun, so that what was waited for meanwhile is dropped. */
  #begun = 0;

  constructor(ports: LeasPorts, wakeLock = new WakeLock(), openStore = async () => new LeasStore(await browserStorage(LeasStore.folder))) {
    this.#ports = ports;
    this.#wakeLock = wakeLock;
    this.#kept = new KeptRollouts(openStore);
    this.#analysis = new LeasAnalysis(
      ports.analyse,
      (analysis) => this.#tell({ analysis, analysisFailure: null }),
      (message) => this.#tell({ analysisFailure: message }),
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
      if (present) this.#begin({ config, backbone });
      else {
        setLeasSettings({ models: DEFAULT_TRAINED });
        this.#begin({ config: { ...config, models: DEFAULT_TRAINED }, backbone }, 'This copy of the page comes without trained models: they are trained here first.');
      }
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
      void this.#kept.forgetRun(fingerprint).then(() => {
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
    return takeArms(this.#ports.trained());
  }

  openAdapters(files: readonly OpenedFile[]): Promise<OpenResult> {
    return openArms(files);
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

  kept(): Promise<number | null> {
    return this.#kept.bytes();
  }

  forgetKept(): Promise<void> {
    return this.#kept.forget();
  }

  async exportRecord(): Promise<Blob> {
    const record = this.#recording?.record ?? (await this.#record());
    return new Blob([JSON.stringify(record)], { type: 'application/json' });
  }

  exportCsv(kind: LeasExport): Blob {
    const { analysis, sets } = useLeasRun.getState();
    if (analysis === null) throw new Error('Nothing is counted yet.');
    return new Blob([leasTable(kind, analysis, sets)], { type: 'text/csv' });
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
    this.#leave();
    this.#recording = recording;
    setLeasSettings({ analysis: recording.record.config.settings });
    const run = recordedRun(recording);
    this.#show(run);
    this.#playback = playRecord(recording, (event) => {
      if (run !== this.#run) return;
      this.#apply(event);
      if (event.type === 'ready') run.keep(recording.record.rollouts);
    });
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
    this.#analysis.reset();
    this.#told = {};
    useLeasRun.setState({ ...run.snapshot(), analysis: null, analysing: false, analysisFailure: null, notice: null }, true);
    this.#analyse();
  }

  #apply(event: LeasEvent | LeasReplayEvent): void {
    const before = this.#run.snapshot().status;
    this.#run.apply(event);
    const { status } = this.#run.snapshot();
    this.#wakeLock.keep(this.#recording === null && isLeasBusy(status) && status !== 'paused');
    // A button that was pressed answers at once.
    if (status === before) this.#notifier.notify();
    else this.#flush();
  }

  #flush(): void {
    this.#analyse();
    const { analysis, analysisFailure, notice } = useLeasRun.getState();
    useLeasRun.setState({ ...this.#run.snapshot(), analysis, analysisFailure, notice, ...this.#told, analysing: this.#analysis.busy });
    this.#told = {};
  }

  #analyse(): void {
    const first = useLeasRun.getState().analysis === null;
    if (this.#analysis.ask(this.#run, useLeasSettings.getState().analysis, first)) useLeasRun.setState({ analysing: true });
  }

  #tell(told: Told): void {
    this.#told = { ...this.#told, ...told };
    this.#notifier.notify();
  }
}

const UNDER_WAY: OpenResult = { kind: 'refused', message: 'A run of LEAS is under way.', remedy: 'Cancel it first, then open the file again.' };
