import { readTagTokensAbout } from '../../backbone/tag-token-file.ts';
import { MEAN_OF_WORDS, tagTokensName } from '../../backbone/tag-tokens.ts';
import { sha256Blob } from '../../backbone/sha256.ts';
import type { TagWarmUpEvent } from '../../lab/tag-warm-up-events.ts';
import { DEFAULT_TAG_WARM_UP, MOST_DEMONSTRATION_TOKENS } from '../../training/tag-warm-up-settings.ts';
import type { LabClient } from '../../worker/client.ts';
import { plainChoice, type BackboneChoice, type TagTokensChoice } from '../../worker/protocol.ts';
import { FrameNotifier } from '../frame-notifier.ts';
import type { OpenResult } from '../session.ts';
import { useSources } from '../sources-store.ts';
import { afterWarmUpEvent, baseName, IDLE_WARM_UP, useTagTokens } from './tags-store.ts';
import type { TagMode, TagTokensSession, TagTokensState, TrainedTags } from './types.ts';

export type TagTokensClient = Pick<LabClient, 'tagReports' | 'startTagWarmUp' | 'subscribeTagWarmUp' | 'pause' | 'resume' | 'cancel'>;

const JOB = 'tag-warm-up';

/** Tags as single tokens on the chosen backbone. React hears of a warm-up through the store, at most ten times a second. */
export class LabTagTokens implements TagTokensSession {
  readonly #client: TagTokensClient;
  readonly #notifier = new FrameNotifier(100);
  #state: TagTokensState = useTagTokens.getState();
  /** What the warm-up under way is for. */
  #choice: BackboneChoice | null = null;

  constructor(client: TagTokensClient) {
    this.#client = client;
    this.#notifier.subscribe(() => useTagTokens.setState(this.#state));
    client.subscribeTagWarmUp((event) => this.#take(event));
  }

  inspect(): void {
    const { backbone } = useSources.getState();
    const name = baseName(backbone);
    const { inspection } = this.#state;
    if (inspection.kind !== 'none' && inspection.kind !== 'failed' && inspection.backbone === name) return;
    this.#set({ inspection: { kind: 'asking', backbone: name } });
    void this.#client.tagReports(plainChoice(backbone)).then((result) => {
      const now = this.#state.inspection;
      if (now.kind !== 'asking' || now.backbone !== name) return;
      this.#set({ inspection: 'reports' in result ? { kind: 'known', backbone: name, reports: result.reports } : { kind: 'failed', backbone: name, failure: result.failure } });
    });
  }

  /** Other settings hold from the next choice on. */
  set(change: Partial<Pick<TagTokensState, 'preset' | 'steps' | 'rate'>>): void {
    this.#set(change);
    // The means follow the dialect; trained rows are of the tags that they were trained for.
    if (change.preset !== undefined && useSources.getState().backbone.tagTokens?.rows === 'mean') this.choose('mean');
  }

  choose(mode: TagMode): void {
    const { backbone } = useSources.getState();
    const plain = plainChoice(backbone);
    const { trained, preset, inspection } = this.#state;
    if (mode === 'off') useSources.setState({ backbone: plain });
    else if (mode === 'trained' && trained?.baseName === plain.name) useSources.setState({ backbone: withRows(plain, trained) });
    else if (mode === 'mean' && inspection.kind === 'known' && inspection.backbone === plain.name) {
      const tags = inspection.reports[preset].split.map(({ tag }) => tag);
      if (tags.length > 0) useSources.setState({ backbone: withTags(plain, { baseName: plain.name, tags, rows: 'mean' }, MEAN_OF_WORDS) });
    }
  }

  start(): void {
    const { backbone, data } = useSources.getState();
    const { preset, steps, rate } = this.#state;
    const plain = plainChoice(backbone);
    const config = { backbone: plain.name, trajectories: data.name, preset, settings: { ...DEFAULT_TAG_WARM_UP, steps, rate }, maxTokens: MOST_DEMONSTRATION_TOKENS };
    this.#choice = plain;
    this.#set({ ...IDLE_WARM_UP, status: 'running', config });
    this.#client.startTagWarmUp(config, plain, data);
  }

  pause(): void {
    this.#client.pause(JOB);
  }

  resume(): void {
    this.#client.resume(JOB);
  }

  cancel(): void {
    this.#client.cancel(JOB);
  }

  async open(blob: Blob, name: string): Promise<OpenResult> {
    const plain = plainChoice(useSources.getState().backbone);
    const { tags, how, base } = await readTagTokensAbout(blob);
    if (plain.kind === 'bundled') {
      return { kind: 'refused', message: `The rows of ${tags.length} tag tokens in ${name} were trained on “${base.name}”, and the chosen backbone has its tags as tokens.`, remedy: `Choose “${base.name}” as the backbone first, then open the file again.` };
    }
    const trained: TrainedTags = { baseName: plain.name, tags, how, blob, sha256: await sha256Blob(blob, name) };
    this.#set({ trained });
    useSources.setState({ backbone: withRows(plain, trained) });
    return { kind: 'opened', what: `${name}: ${tags.join(' ')} ${tags.length === 1 ? 'is a single token' : 'are single tokens'} of ${plain.name} from the next run on (${how}). The rows were trained on “${base.name}”; loading checks that it is the same file.` };
  }

  #take(event: TagWarmUpEvent): void {
    this.#state = afterWarmUpEvent(this.#state, event);
    if (event.type === 'finished' && this.#choice) {
      const trained: TrainedTags = { baseName: this.#choice.name, tags: this.#state.tags.map(({ tag }) => tag), how: event.how, blob: new Blob([event.file], { type: 'application/octet-stream' }), sha256: event.sha256 };
      this.#state = { ...this.#state, trained };
      // What was trained is used, unless another backbone has been chosen meanwhile.
      if (baseName(useSources.getState().backbone) === trained.baseName) useSources.setState({ backbone: withRows(this.#choice, trained) });
    }
    this.#notifier.notify();
  }

  #set(change: Partial<TagTokensState>): void {
    this.#state = { ...this.#state, ...change };
    useTagTokens.setState(this.#state);
  }
}

function withTags(plain: BackboneChoice, tagTokens: TagTokensChoice, how: string): BackboneChoice {
  return { ...plain, name: tagTokensName(plain.name, tagTokens.tags.length, how), tagTokens };
}

function withRows(plain: BackboneChoice, { tags, blob, sha256, how }: TrainedTags): BackboneChoice {
  return withTags(plain, { baseName: plain.name, tags, rows: { blob, sha256 } }, how);
}
