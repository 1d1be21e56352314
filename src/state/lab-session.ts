import { TAG_PRESETS } from '../core/trajectory/tags.ts';
import type { AngleEvent } from '../lab/events.ts';
import { AnalysisScheduler } from './analysis-scheduler.ts';
import { AngleRun } from './angle-run.ts';
import { useDevice } from './device-store.ts';
import { analysisSettings, setExperiment, useExperiment } from './experiment-store.ts';
import { exportInput } from './export-input.ts';
import { FrameNotifier } from './frame-notifier.ts';
import { setHover } from './hover-store.ts';
import { classifyFiles, refusal } from './open-files.ts';
import type { LabPorts, OpenedRun, Playback } from './ports.ts';
import { type Page, parseRoute } from './route.ts';
import { IDLE, isBusy, type Origin, useRun } from './run-store.ts';
import { LabLeas } from './leas/lab-leas.ts';
import { LabModelCheck } from './model-check/lab-model-check.ts';
import { LabRollouts } from './rollouts/lab-rollouts.ts';
import { LabSeesaw } from './seesaw/lab-seesaw.ts';
import type { ExportKind, OpenedFile, OpenResult, Session } from './session.ts';
import { useSources } from './sources-store.ts';
import { LabTagTokens } from './tag-tokens/lab-tag-tokens.ts';
import { setView } from './view-store.ts';

/** Address of the recording that comes with the page, relative to it. */
const BUNDLED_RECORDING = 'recordings/angles-bundled.json';

const DRAWS_WHILE_RUNNING = 200;

/**
 * One run at a time, live or replayed, and its analysis. Events go into `AngleRun`; React hears of them through the
 * stores, at most ten times a second.
 */
export class LabSession implements Session {
  readonly rollouts: LabRollouts;
  readonly seesaw: LabSeesaw;
  readonly leas: LabLeas;
  readonly modelCheck: LabModelCheck;
  readonly tagTokens: LabTagTokens;
  readonly #ports: LabPorts;
  readonly #notifier = new FrameNotifier(100);
  readonly #scheduler: AnalysisScheduler;
  #run = new AngleRun('full');
  #origin: Origin = { kind: 'live' };
  #playback: Playback | null = null;
  #recording: { readonly opened: OpenedRun; readonly name: string } | null = null;
  /** What the newest analysis was asked of. */
  #asked: { readonly gram: object; readonly settings: string } | null = null;

  constructor(ports: LabPorts) {
    this.#ports = ports;
    this.rollouts = new LabRollouts(ports.client);
    this.seesaw = new LabSeesaw(ports.client);
    this.modelCheck = new LabModelCheck(ports.client);
    this.tagTokens = new LabTagTokens(ports.client);
    this.leas = new LabLeas({
      client: ports.client,
      analyse: (counts, settings) => ports.analysis.analyseExperiment(counts, settings),
      readCounts: (blob, mapping) => ports.readCounts(blob, mapping),
      readRecord: (blob) => ports.readLeasRecord(blob),
      trained: () => this.seesaw.trained(),
    });
    this.#scheduler = new AnalysisScheduler(
      ports.analysis,
      (analysis) => {
        useRun.setState({ analysis, analysisFailure: null });
        this.#notifier.notify();
      },
      (message) => {
        useRun.setState({ analysisFailure: message });
        this.#notifier.notify();
      },
    );
    this.#notifier.subscribe(() => this.#flush());
    ports.client.subscribe((event) => {
      if (this.#playback === null) this.#apply(event);
    });
    useExperiment.subscribe((state, before) => {
      if (state.analysis !== before.analysis || state.seed !== before.seed) this.#analyse();
    });
    this.probe();
  }

  start(): void {
    this.#recording = null;
    const experiment = useExperiment.getState();
    const { backbone, data } = useSources.getState();
    this.#begin(new AngleRun(experiment.parameterSet), { kind: 'live' });
    this.#run.status = 'running';
    this.#ports.client.start(
      {
        backbone: backbone.name,
        trajectories: data.name,
        parameterSet: experiment.parameterSet,
        routing: experiment.routing,
        tags: TAG_PRESETS['search-r1'],
        detectTags: true,
        seed: experiment.seed,
        maxGroups: experiment.maxGroups,
      },
      backbone,
      data,
    );
    this.#notifier.notify();
  }

  pause(): void {
    this.#ask('pause');
    (this.#playback ?? this.#ports.client).pause();
  }

  resume(): void {
    this.#ask(null);
    (this.#playback ?? this.#ports.client).resume();
  }

  cancel(): void {
    this.#ask('cancel');
    (this.#playback ?? this.#ports.client).cancel();
  }

  reset(): void {
    if (this.#recording) this.#play(this.#recording.opened, this.#recording.name);
    else this.start();
  }

  newSeed(): void {
    setExperiment({ seed: crypto.getRandomValues(new Uint16Array(1))[0] });
    if (!this.#recording) this.start();
  }

  async openFiles(files: readonly OpenedFile[]): Promise<OpenResult> {
    try {
      const found = await classifyFiles(files);
      if (found.kind === 'refused') return found;
      if (found.kind === 'seesaw') return onPage(await this.seesaw.openRecord(found.blob, found.name), 'seesaw');
      if (found.kind === 'leas') return await this.leas.openRecord(found.blob, found.name);
      if (found.kind === 'counts') return await this.leas.openCounts(found.blob, found.name);
      // Where adapters of whole arms are looked at, they are models; elsewhere they write beside the backbone.
      if (found.kind === 'adapters') return parseRoute(window.location.hash).page === 'leas' ? await this.leas.openAdapters(found.files) : onPage(await this.seesaw.importAdapters(found.files), 'rollouts');
      if (found.kind === 'tag-tokens') return await this.tagTokens.open(found.blob, found.name);
      if (found.kind === 'run') return this.#play(await this.#ports.openRun(found.blob), found.name);
      if (isBusy(this.#run.status) && this.#playback === null) return { kind: 'refused', message: 'A run is under way.', remedy: 'Cancel it first, then open the files again.' };
      useSources.setState(found.kind === 'backbone' ? { backbone: found.choice } : { data: found.choice });
      // A backbone is of every page: whoever chose it stays where they are, except at home, where nothing runs.
      const { page } = parseRoute(window.location.hash);
      return found.kind === 'backbone' && page !== 'home' ? { kind: 'opened', what: found.what, page } : { kind: 'opened', what: found.what };
    } catch (error) {
      return refusal(error);
    }
  }

  async playBundled(): Promise<OpenResult> {
    try {
      const response = await fetch(new URL(BUNDLED_RECORDING, document.baseURI));
      // A server that answers every address with the page itself has no recording either.
      const missing = !response.ok || (response.headers.get('content-type') ?? '').includes('html');
      if (missing) return { kind: 'refused', message: 'This copy of the page comes without the recorded run.', remedy: 'Run the angles on this device instead, or open a run record.' };
      const opened = await this.#ports.openRun(await response.blob());
      // A live run that began meanwhile goes on undisturbed.
      if (isBusy(this.#run.status) && this.#playback === null) return { kind: 'refused', message: 'A run is under way.', remedy: 'The recording can be played afterwards.' };
      return this.#play(opened, 'bundled angle run');
    } catch (error) {
      return refusal(error);
    }
  }

  probe(): void {
    useDevice.setState({ probe: 'running' });
    void this.#ports.client.probe().then(({ device, failure }) => useDevice.setState({ probe: 'done', device, failure }));
  }

  check(): void {
    useDevice.setState({ check: { kind: 'running' } });
    void this.#ports.client.check().then((result) => useDevice.setState({ check: 'rows' in result ? { kind: 'done', ...result } : { kind: 'failed', failure: result.failure } }));
  }

  async exportFile(kind: ExportKind): Promise<Blob> {
    return this.#ports.write(exportInput(kind, this.#run, this.#origin, useRun.getState().analysis));
  }

  log() {
    return this.#run.log;
  }

  #play(opened: OpenedRun, name: string): OpenResult {
    const device = opened.device ?? 'a device the file does not name';
    const date = opened.date ?? '';
    this.#begin(new AngleRun(opened.parameterSet), { kind: 'recorded', device, date, name });
    setExperiment({ parameterSet: opened.parameterSet, ...(opened.seed === null ? {} : { seed: opened.seed }) });
    this.#recording = { opened, name };
    const run = this.#run;
    this.#playback = opened.play((event) => {
      if (run === this.#run) this.#apply(event);
    });
    // The label of the recording says the rest.
    return { kind: 'opened', what: '' };
  }

  #begin(run: AngleRun, origin: Origin): void {
    if (this.#playback) this.#playback.cancel();
    else if (isBusy(this.#run.status) && origin.kind === 'recorded') this.#ports.client.cancel();
    this.#playback = null;
    this.#run = run;
    this.#origin = origin;
    this.#scheduler.reset();
    this.#asked = null;
    setView({ degrees: null, trajectory: null });
    setHover({ bin: null, trajectory: null, row: null });
    useRun.setState({ ...IDLE, origin, parameterSet: run.parameterSet, status: 'running' });
  }

  /** A replay does at once what it is asked; a run, after the work in flight, which may be long. */
  #ask(asked: 'pause' | 'cancel' | null): void {
    if (this.#playback === null && isBusy(this.#run.status)) useRun.setState({ asked });
  }

  #apply(event: AngleEvent): void {
    this.#run.apply(event);
    this.#notifier.notify();
  }

  #flush(): void {
    const run = this.#run;
    this.#analyse();
    useRun.setState({
      status: run.status,
      ...(run.status === 'running' ? {} : { asked: null }),
      phase: run.phase,
      detail: run.detail,
      device: run.device,
      inventory: run.inventory,
      progress: run.progress,
      failure: run.failure,
      seconds: run.seconds,
      peakGpuBytes: run.peakGpuBytes,
      logLength: run.log.length,
      losses: run.losses(),
      analysing: this.#scheduler.busy,
    });
  }

  /** Asks for an analysis when the Gram or the settings are others than last time. */
  #analyse(): void {
    const gram = this.#run.gram();
    if (!gram) return;
    const wanted = analysisSettings(useExperiment.getState());
    // A thousand permutations take seconds; while numbers still come in, fewer do, and the caption says how many.
    const settings = isBusy(this.#run.status) ? { ...wanted, draws: Math.min(wanted.draws, DRAWS_WHILE_RUNNING) } : wanted;
    const words = JSON.stringify(settings);
    if (this.#asked?.gram === gram && this.#asked.settings === words) return;
    this.#asked = { gram, settings: words };
    this.#scheduler.request(gram, settings);
  }
}

function onPage(result: OpenResult, page: Page): OpenResult {
  return result.kind === 'opened' ? { ...result, page } : result;
}
