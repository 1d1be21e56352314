import { loadQuestions } from '../../agent/datasets.ts';
import { browserStorage } from '../../agent/retriever/storage-folder.ts';
import { CorpusStore } from '../../agent/retriever/store.ts';
import { rolloutLine } from '../../agent/rollout-jsonl.ts';
import type { Question, Rollout } from '../../agent/types.ts';
import { ROLE_CODE } from '../../core/trajectory/types.ts';
import type { QuestionChoice, RolloutRunConfig } from '../../lab/rollout-events.ts';
import type { LabClient } from '../../worker/client.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import type { LogLine } from '../angle-run.ts';
import { currentQuery } from '../experiment-url.ts';
import { FrameNotifier } from '../frame-notifier.ts';
import { formatRoute } from '../route.ts';
import { isBusy, useRun } from '../run-store.ts';
import type { OpenResult } from '../session.ts';
import { useSources } from '../sources-store.ts';
import { RolloutRun } from './rollout-run.ts';
import { useRolloutRun } from './run-store.ts';
import { setRolloutSettings, useRolloutSettings } from './settings-store.ts';
import type { RolloutSession, RolloutState, RolloutView, StoredCorpus } from './types.ts';

export type RolloutClient = Pick<LabClient, 'startRollouts' | 'subscribeRollouts' | 'pause' | 'resume' | 'step' | 'cancel'>;

interface Started {
  readonly kind: Exclude<RolloutState['kind'], null>;
  readonly config: RolloutRunConfig;
  readonly backbone: BackboneChoice;
}

const words = new Intl.Collator('en', { numeric: true });

/** The order in which they finished depends on the batch; a file's should not. */
function byName(one: Rollout, other: Rollout): number {
  return words.compare(one.question.id, other.question.id) || one.sample - other.sample || one.writer - other.writer;
}

/** One rollout run at a time. Events go into `RolloutRun`; React hears of them through the store, at most once a frame. */
export class LabRollouts implements RolloutSession {
  readonly #client: RolloutClient;
  readonly #notifier = new FrameNotifier(30);
  #run = new RolloutRun(null, null);
  #started: Started | null = null;

  constructor(client: RolloutClient) {
    this.#client = client;
    this.#notifier.subscribe(() => useRolloutRun.setState(this.#run.snapshot()));
    client.subscribeRollouts((event) => {
      this.#run.apply(event);
      this.#notifier.notify();
    });
  }

  ask(question: string, goldenAnswers: readonly string[]): void {
    const settings = useRolloutSettings.getState();
    const { backbone } = useSources.getState();
    this.#start({
      kind: 'asked',
      // All of them are told token by token: they are what is watched.
      config: { ...settings, backbone: backbone.name, questions: { kind: 'asked', question, goldenAnswers }, maxQuestions: 0, stream: settings.samples * settings.writers.length },
      backbone,
    });
  }

  startBatch(): void {
    const { backbone } = useSources.getState();
    this.#start({ kind: 'batch', config: { ...useRolloutSettings.getState(), backbone: backbone.name }, backbone });
  }

  pause(): void {
    this.#client.pause('rollouts');
  }

  resume(): void {
    this.#client.resume('rollouts');
  }

  step(): void {
    this.#client.step('rollouts');
  }

  cancel(): void {
    this.#client.cancel('rollouts');
  }

  reset(): void {
    if (this.#started) this.#start(this.#started);
    else this.startBatch();
  }

  newSeed(): void {
    const [seed] = crypto.getRandomValues(new Uint16Array(1));
    setRolloutSettings({ seed });
    if (this.#started) this.#start({ ...this.#started, config: { ...this.#started.config, seed } });
    else this.startBatch();
  }

  views(): readonly RolloutView[] {
    return this.#run.views();
  }

  view(id: string): RolloutView | null {
    return this.#run.view(id);
  }

  log(): readonly LogLine[] {
    return this.#run.log;
  }

  exportJsonLines(): Blob {
    const labels = this.#started?.config.writers.map(({ label }) => label) ?? [];
    return new Blob(
      [...this.#run.finished].sort(byName).map((rollout) => `${rolloutLine(rollout, labels)}\n`),
      { type: 'application/jsonl' },
    );
  }

  toAnglePage(): OpenResult {
    const { finished } = this.#run;
    if (finished.length === 0 || !this.#started) return { kind: 'refused', message: 'No rollout is finished yet.', remedy: 'Run some first.' };
    if (isBusy(useRun.getState().status) && useRun.getState().origin.kind === 'live') return { kind: 'refused', message: 'An angle run is under way.', remedy: 'Cancel it first, on the angle page.' };
    for (const [role, word] of [['reasoning', 'reasoning'], ['tool', 'tool']] as const) {
      if (!finished.some(({ roles }) => roles.includes(ROLE_CODE[role]))) {
        return { kind: 'refused', message: `The rollouts hold no ${word} tokens, so there is no angle between reasoning and tool use.`, remedy: 'Write more rollouts, or let a writer write that searches.' };
      }
    }
    const name = `rollouts (seed ${this.#started.config.seed})`;
    useSources.setState({ backbone: this.#started.backbone, data: { kind: 'blob', name, blob: this.exportJsonLines() } });
    window.location.hash = formatRoute('angles', currentQuery());
    return { kind: 'opened', what: `${finished.length} rollouts` };
  }

  async questions(choice: QuestionChoice): Promise<readonly Question[]> {
    return (await loadQuestions(choice, document.baseURI)).questions;
  }

  async storedCorpora(): Promise<readonly StoredCorpus[]> {
    try {
      return await new CorpusStore(await browserStorage()).list();
    } catch {
      // Private windows refuse storage: then nothing is stored.
      return [];
    }
  }

  async deleteCorpus(name: string): Promise<void> {
    await new CorpusStore(await browserStorage()).remove(name);
  }

  #start(started: Started): void {
    this.#started = started;
    this.#run = new RolloutRun(started.kind, started.config);
    useRolloutRun.setState(this.#run.snapshot());
    this.#client.startRollouts(started.config, started.backbone);
  }
}
