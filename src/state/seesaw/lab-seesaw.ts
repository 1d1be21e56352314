import { browserStorage } from '../../agent/retriever/storage-folder.ts';
import { buildSeesawRecord, parseSeesawRecordText, seesawRecordText, type SeesawRecord } from '../../core/record/seesaw-record.ts';
import { CheckpointStore } from '../../lab/checkpoints.ts';
import type { RunId, SeesawEvent, SeesawRunConfig } from '../../lab/seesaw-events.ts';
import { plainConfig } from '../../lab/seesaw-plan.ts';
import { play, type Playback } from '../../replay/player.ts';
import { replayLabel } from '../../replay/replay-events.ts';
import { seesawSteps } from '../../replay/seesaw-steps.ts';
import { writingOf } from '../../training/arms.ts';
import type { LabClient } from '../../worker/client.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import { adaptersAmong, unzipped, zipFiles } from '../adapter-zip.ts';
import type { LogLine } from '../angle-run.ts';
import { FrameNotifier } from '../frame-notifier.ts';
import { refusal } from '../open-files.ts';
import { currentRolloutQuery } from '../rollouts/settings-url.ts';
import { setRolloutSettings, useRolloutSettings } from '../rollouts/settings-store.ts';
import { formatRoute } from '../route.ts';
import type { OpenedFile, OpenResult } from '../session.ts';
import { useSources } from '../sources-store.ts';
import { settingsOf, shownConfig } from './restore-config.ts';
import { evaluationsCsv, stepsCsv } from './run-csv.ts';
import { isTraining, useSeesawRun } from './run-store.ts';
import { SeesawRun } from './seesaw-run.ts';
import { chosenArms, setSeesawSettings, useSeesawSettings } from './settings-store.ts';
import { runKey, type SeesawRunView, type SeesawSession, type StoredCheckpoint } from './types.ts';
import { WakeLock } from './wake-lock.ts';

export type SeesawClient = Pick<LabClient, 'startSeesaw' | 'subscribeSeesaw' | 'steer' | 'pause' | 'resume' | 'cancel'>;

/** Seconds that a replay takes at most, however long the run was. */
const REPLAY_SECONDS = 12;

interface Started {
  readonly config: SeesawRunConfig;
  readonly backbone: BackboneChoice;
}

/** One experiment at a time, live or replayed. Events go into `SeesawRun`; React hears of them through the store, at most once a frame. */
export class LabSeesaw implements SeesawSession {
  readonly #client: SeesawClient;
  readonly #notifier = new FrameNotifier(30);
  readonly #wakeLock: WakeLock;
  readonly #openStore: () => Promise<CheckpointStore>;
  #run = new SeesawRun(null);
  #started: Started | null = null;
  #playback: Playback | null = null;
  #recording: { readonly record: SeesawRecord; readonly name: string } | null = null;

  constructor(client: SeesawClient, wakeLock = new WakeLock(), openStore = async () => new CheckpointStore(await browserStorage('checkpoints'))) {
    this.#client = client;
    this.#wakeLock = wakeLock;
    this.#openStore = openStore;
    this.#notifier.subscribe(() => useSeesawRun.setState(this.#run.snapshot()));
    client.subscribeSeesaw((event) => {
      if (this.#recording === null) this.#apply(event);
    });
  }

  start({ goOn } = { goOn: false }): void {
    this.#start(goOn);
  }

  pause(): void {
    if (this.#recording) this.#playback?.pause();
    else this.#client.pause('seesaw');
  }

  resume(): void {
    if (this.#recording) this.#playback?.resume();
    else this.#client.resume('seesaw');
  }

  stepOnce(): void {
    if (this.#recording === null) this.#client.steer({ kind: 'step' });
  }

  freeze(adapters: readonly number[]): void {
    if (this.#recording) return;
    this.#client.steer({ kind: 'freeze', adapters });
    this.#run.freeze([...adapters]);
    this.#notifier.notify();
  }

  cancel(): void {
    if (this.#recording) this.#playback?.cancel();
    else this.#client.cancel('seesaw');
  }

  reset(): void {
    if (this.#recording) this.#play(this.#recording.record, this.#recording.name);
    else if (this.#started) this.#begin(this.#started, false);
    else this.start();
  }

  newSeed(): void {
    const before = useSeesawSettings.getState().seeds;
    const drawn = new Set<number>();
    while (drawn.size < Math.max(1, before.length)) drawn.add(crypto.getRandomValues(new Uint16Array(1))[0]);
    const seeds = [...drawn];
    setSeesawSettings({ seeds });
    if (this.#started && this.#recording === null) this.#begin({ ...this.#started, config: { ...this.#started.config, seeds } }, false);
    else this.start();
  }

  runs(): readonly SeesawRunView[] {
    return this.#run.runs();
  }

  run(id: RunId): SeesawRunView | null {
    return this.#run.run(id);
  }

  log(): readonly LogLine[] {
    return this.#run.log;
  }

  async checkpoints(): Promise<readonly StoredCheckpoint[]> {
    try {
      const kept = await (await this.#openStore()).list();
      return kept.map(({ id, header, bytes }) => ({
        id,
        run: header.run,
        armLabel: header.config.arms.find((arm) => arm.id === header.run.arm)?.label ?? header.run.arm,
        step: header.step,
        steps: header.config.training.steps,
        bytes,
        saved: header.saved,
      }));
    } catch {
      // Private windows refuse storage: then nothing is kept.
      return [];
    }
  }

  async resumeCheckpoint(id: string): Promise<OpenResult> {
    try {
      const kept = await (await this.#openStore()).open(id);
      if (!kept) return { kind: 'refused', message: 'This checkpoint is gone.', remedy: 'Choose another one, or train from the start.' };
      const { config, run } = kept.header;
      const { backbone } = useSources.getState();
      if (backbone.name !== config.backbone) return { kind: 'refused', message: `The checkpoint was trained on the backbone “${config.backbone}”, and “${backbone.name}” is chosen.`, remedy: 'Choose that backbone at the top of the page (a folder is opened again after a reload), then go on.' };
      setSeesawSettings(settingsOf(config, useSeesawSettings.getState()));
      this.#start(true);
      return { kind: 'opened', what: `${runKey(run)} goes on from step ${kept.header.step}.` };
    } catch (error) {
      return { ...refusal(error), remedy: 'Open the same files first, or train from the start.' };
    }
  }

  async deleteCheckpoint(id: string): Promise<void> {
    await (await this.#openStore()).remove(id);
  }

  async exportRecord(): Promise<Blob> {
    if (this.#recording) return new Blob([seesawRecordText(this.#recording.record)], { type: 'application/json' });
    const { ready, device, seconds, progress, peakGpuBytes } = this.#run.snapshot();
    if (!this.#started || !ready) throw new Error('Nothing is trained yet.');
    const { name, parameters, quantisation, sha256 } = ready.backbone;
    const record = await buildSeesawRecord({
      app: { version: __APP_VERSION__, commit: __APP_COMMIT__ },
      createdAt: new Date(),
      config: plainConfig(this.#started.config),
      hashes: { weights: sha256, data: ready.dataSha256 },
      backbone: { name, parameters, quantisation },
      device: device && { ...device, features: [...device.features] },
      browser: navigator.userAgent,
      timings: { seconds: seconds ?? (progress?.at ?? 0) / 1000, peakGpuBytes: Math.max(peakGpuBytes, progress?.gpuBytes ?? 0) },
      events: this.#run.told,
    });
    return new Blob([seesawRecordText(record)], { type: 'application/json' });
  }

  exportCsv(kind: 'steps' | 'evaluations'): Blob {
    return new Blob([kind === 'steps' ? stepsCsv(this.runs()) : evaluationsCsv(this.runs())], { type: 'text/csv' });
  }

  async openRecord(blob: Blob, name: string): Promise<OpenResult> {
    try {
      const record = parseSeesawRecordText(await blob.text());
      if (isTraining(this.#run.snapshot().status) && this.#recording === null) return { kind: 'refused', message: 'Training is under way.', remedy: 'Cancel it first, then open the record again.' };
      this.#play(record, name);
      return { kind: 'opened', what: '' };
    } catch (error) {
      return refusal(error);
    }
  }

  async exportAdapters(...ids: readonly RunId[]): Promise<Blob> {
    const files = this.#adapterFiles(ids);
    if (files.length === 0) throw new Error('There are no adapters to export yet: they are told at evaluations and at the end.');
    return zipFiles(files);
  }

  /** Adapters of every finished run as ARM-SEED/…, with their backbone; null where nothing was trained in this visit. */
  trained(): { readonly backbone: BackboneChoice; readonly files: readonly OpenedFile[] } | null {
    if (this.#recording !== null || this.#started === null) return null;
    const finished = this.#run.runs().filter(({ status, arm }) => status === 'finished' && arm.trained);
    return { backbone: this.#started.backbone, files: this.#adapterFiles(finished.map(({ id }) => id)) };
  }

  async importAdapters(files: readonly OpenedFile[]): Promise<OpenResult> {
    try {
      const found = adaptersAmong(await unzipped(files));
      if (!found) return { kind: 'refused', message: 'There is no adapter_config.json among these files.', remedy: 'Open a PEFT folder, one with several in sub-folders, or a zip of them.' };
      const { name, folders } = found;
      const tool = folders.length > 1 ? 1 : 0;
      setRolloutSettings({ writers: [...useRolloutSettings.getState().writers.slice(0, 1), { label: name, adapters: { kind: 'files', name, files: found.files }, writing: { kind: 'routed', reasoning: 0, tool } }] });
      return { kind: 'opened', what: `${name} (${folders.length} ${folders.length === 1 ? 'adapter' : 'adapters'}) writes beside the first writer of the rollout page.` };
    } catch (error) {
      return refusal(error);
    }
  }

  toRolloutPage(id: RunId): OpenResult {
    const files = this.#run.adapterFiles(id);
    const view = this.#run.run(id);
    if (!view || files.length === 0 || !this.#started) return { kind: 'refused', message: 'This run has no adapters yet.', remedy: 'Wait for its first evaluation or its end; a recording holds none.' };
    const { arm } = view;
    if (arm.routing !== 'ability') return { kind: 'refused', message: `The arm “${arm.label}” writes by a control that the rollout page does not have.`, remedy: 'Take the adapters of another arm, or export these as files.' };
    const writing = writingOf(arm);
    const name = runKey(id);
    useSources.setState({ backbone: this.#started.backbone });
    setRolloutSettings({
      writers: [
        { label: 'Backbone', adapters: { kind: 'none' }, writing: { kind: 'routed', reasoning: 'base', tool: 'base' } },
        { label: `${arm.label}, seed ${id.seed}`, adapters: { kind: 'files', name, files }, writing: writing.kind === 'agents' ? writing : { kind: 'routed', reasoning: writing.reasoning, tool: writing.tool, ...(writing.answer === undefined ? {} : { answer: writing.answer }) } },
      ],
      environment: this.#started.config.environment,
      retriever: this.#started.config.retriever,
      questions: this.#started.config.evaluation.questions,
    });
    window.location.hash = formatRoute('rollouts', currentRolloutQuery());
    return { kind: 'opened', what: `${name} after ${view.adaptersStep ?? 0} steps` };
  }

  /** Under ARM-SEED/…. */
  #adapterFiles(ids: readonly RunId[]): OpenedFile[] {
    return ids.flatMap((id) => this.#run.adapterFiles(id).map(({ path, blob }) => ({ path: `${runKey(id)}/${path}`, blob })));
  }

  #start(goOn: boolean): void {
    const settings = useSeesawSettings.getState();
    const { seeds, objective, training, trainSets, retriever, environment, evaluation, batch, provider, checkpointEvery } = settings;
    const { backbone } = useSources.getState();
    const config = { backbone: backbone.name, arms: chosenArms(settings), seeds, objective, training, trainSets, retriever, environment, evaluation, batch, provider, checkpointEvery };
    this.#begin({ config, backbone }, goOn);
  }

  #begin(started: Started, goOn: boolean): void {
    this.#stopPlaying();
    this.#started = started;
    this.#run = new SeesawRun(started.config);
    useSeesawRun.setState(this.#run.snapshot(), true);
    this.#wakeLock.keep(true);
    this.#client.startSeesaw(started.config, started.backbone, goOn);
  }

  #play(record: SeesawRecord, name: string): void {
    this.#stopPlaying();
    const { device, date } = replayLabel(record);
    this.#recording = { record, name };
    const run = new SeesawRun(shownConfig(record.config), { kind: 'recorded', device, date, name });
    this.#run = run;
    useSeesawRun.setState(run.snapshot(), true);
    const steps = seesawSteps(record);
    const seconds = ((steps.at(-1)?.at ?? 0) - (steps[0]?.at ?? 0)) / 1000;
    this.#playback = play(
      steps,
      (event) => {
        if (run === this.#run) this.#apply(event);
      },
      { speed: Math.max(1, seconds / REPLAY_SECONDS) },
    );
  }

  #stopPlaying(): void {
    this.#recording = null;
    this.#playback?.cancel();
    this.#playback = null;
  }

  #apply(event: SeesawEvent): void {
    this.#run.apply(event);
    const { status } = this.#run.snapshot();
    this.#wakeLock.keep(this.#recording === null && isTraining(status) && status !== 'paused');
    this.#notifier.notify();
  }
}
