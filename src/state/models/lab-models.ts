import type { KeptModel } from '../../backbone/hub/kept-models.ts';
import type { Asked, ModelsClient } from '../../worker/models-client.ts';
import type { DeviceRoom, FoundModel, Plan, PreflightReport, Variant } from '../../worker/models-protocol.ts';
import { useDevice } from '../device-store.ts';
import { BUNDLED_BACKBONE, useSources } from '../sources-store.ts';
import { keepToken, useModels, type ModelsState } from './models-store.ts';

/** Host and owner/name in the root of a hub's files. */
const HUB_ROOT = /^(.+)\/([^/]+\/[^/]+)\/resolve\/[^/]+\/$/;

/** What the adapter offers; null where there is none. */
function deviceRoom(): DeviceRoom | null {
  const { device } = useDevice.getState();
  if (!device) return null;
  return {
    shaderF16: device.features.includes('shader-f16'),
    maxBinding: device.limits.maxStorageBufferBindingSize,
    maxBuffer: device.limits.maxBufferSize,
  };
}

/** Asked for where there is a window: without it the browser may delete what is kept when the disk gets full. */
async function askToPersist(): Promise<void> {
  try {
    await navigator.storage.persist();
  } catch {
    // Pages without https have no storage of this kind; the download then says so itself.
  }
}

/** Finding, checking, loading and keeping models, as the page asks for it. One download at a time. */
export class LabModels {
  readonly #client: Pick<ModelsClient, 'find' | 'preflight' | 'preflightHere' | 'download' | 'list' | 'delete'>;
  #finding: Asked<FoundModel> | null = null;
  #checking: Asked<PreflightReport> | null = null;
  #checkingHere: Asked<PreflightReport> | null = null;
  #downloading: Asked<unknown> | null = null;

  constructor(client: Pick<ModelsClient, 'find' | 'preflight' | 'preflightHere' | 'download' | 'list' | 'delete'>) {
    this.#client = client;
  }

  /** Settings of the form; another place forgets what was found at the last one. */
  set(change: Partial<Pick<ModelsState, 'open' | 'tab' | 'id' | 'host' | 'address' | 'token' | 'storeToken'>>): void {
    useModels.setState(change);
    const { token, storeToken } = useModels.getState();
    if (change.token !== undefined || change.storeToken !== undefined) keepToken(token, storeToken);
    if (change.open === true) void this.refresh();
  }

  async find(kind: 'hub' | 'address'): Promise<void> {
    const { id, host, address } = useModels.getState();
    this.#finding?.stop();
    this.#checking?.stop();
    useModels.setState({ finding: true, found: null, findFailure: null, chosen: null, report: null, checkFailure: null, ...(this.#downloading ? {} : { download: { status: 'none' as const } }) });
    const asked = this.#client.find(kind === 'hub' ? { kind, id, host } : { kind, address }, this.#token(kind));
    this.#finding = asked;
    const answer = await asked.answer;
    if (this.#finding !== asked) return;
    this.#finding = null;
    useModels.setState({ finding: false, ...(answer.kind === 'done' ? { found: answer.value } : answer.kind === 'failed' ? { findFailure: answer.failure } : {}) });
    const first = answer.kind === 'done' ? answer.value.variants.find(({ refused }) => refused === null) : undefined;
    if (first) await this.choose(first);
  }

  /** Looks a half-loaded model up where it came from, so that its download can go on. */
  async lookUpAgain({ root, commit, label }: Pick<KeptModel, 'root' | 'commit' | 'label'>): Promise<void> {
    const hub = commit === null ? null : HUB_ROOT.exec(root);
    const kind = hub ? 'hub' : 'address';
    this.set(hub ? { tab: 'hub', host: hub[1], id: `${hub[2]}@${commit}` } : { tab: 'address', address: root });
    await this.find(kind);
    const { found, chosen } = useModels.getState();
    const same = found?.variants.find((variant) => variant.label === label && variant.refused === null);
    if (same && same !== chosen) await this.choose(same);
  }

  /** Chooses a variant and looks what it would take here. */
  async choose(variant: Variant, plan: Plan = useModels.getState().plan): Promise<void> {
    const { found } = useModels.getState();
    if (!found) return;
    this.#checking?.stop();
    useModels.setState({ chosen: variant, plan, checking: true, report: null, checkFailure: null });
    const asked = this.#client.preflight(found.model, variant, plan, deviceRoom(), this.#token(found.model.kind));
    this.#checking = asked;
    const answer = await asked.answer;
    if (this.#checking !== asked) return;
    this.#checking = null;
    useModels.setState({ checking: false, ...(answer.kind === 'done' ? { report: answer.value } : answer.kind === 'failed' ? { checkFailure: answer.failure } : {}) });
  }

  /** Looks what the backbone in use would take here, before a run loads it. */
  async checkHere(plan: Plan = useModels.getState().plan): Promise<void> {
    this.#checkingHere?.stop();
    const { backbone: of } = useSources.getState();
    useModels.setState({ plan, here: { of, checking: true, report: null, failure: null } });
    const asked = this.#client.preflightHere(of, document.baseURI, plan, deviceRoom());
    this.#checkingHere = asked;
    const answer = await asked.answer;
    if (this.#checkingHere !== asked) return;
    this.#checkingHere = null;
    useModels.setState({ here: { of, checking: false, report: answer.kind === 'done' ? answer.value : null, failure: answer.kind === 'failed' ? answer.failure : null } });
  }

  /** The same for files that were just opened: what stands against them is shown before a run stumbles over it. */
  async checkOpened(): Promise<void> {
    await this.checkHere();
    if (useModels.getState().here.report?.refusals.length) this.set({ open: true, tab: 'files' });
  }

  /** Begins the chosen variant's download, or goes on with it. */
  async download(): Promise<void> {
    const { found, chosen, download } = useModels.getState();
    if (!found || !chosen || this.#downloading) return;
    const earlier = 'progress' in download && download.variant.path === chosen.path ? download.progress : null;
    useModels.setState({ download: { status: 'running', variant: chosen, progress: earlier } });
    await askToPersist();
    const asked = this.#client.download(found.model, chosen, this.#token(found.model.kind), (progress) => {
      if (useModels.getState().download.status === 'running') useModels.setState({ download: { status: 'running', variant: chosen, progress } });
    });
    this.#downloading = asked;
    const answer = await asked.answer;
    this.#downloading = null;
    const now = useModels.getState().download;
    const progress = 'progress' in now ? now.progress : null;
    if (answer.kind === 'done') {
      useModels.setState({ download: { status: 'done', variant: chosen, ...answer.value } });
      this.use(answer.value.key, answer.value.name);
    } else if (answer.kind === 'failed') useModels.setState({ download: { status: 'failed', variant: chosen, progress, failure: answer.failure } });
    await this.refresh();
  }

  /** What is loaded stays, and the download can go on, also after a reload. */
  pause(): void {
    const { download } = useModels.getState();
    if (download.status !== 'running') return;
    useModels.setState({ download: { ...download, status: 'paused' } });
    this.#downloading?.stop();
  }

  /** Gives the download up and deletes what was loaded of it. */
  async discard(): Promise<void> {
    const { found, chosen } = useModels.getState();
    const running = this.#downloading;
    running?.stop();
    await running?.answer;
    useModels.setState({ download: { status: 'none' } });
    await this.refresh();
    const partial = useModels.getState().kept?.models.find(({ root, complete, label }) => !complete && root === found?.model.root && label === chosen?.label);
    if (partial) await this.delete(partial.key);
  }

  async refresh(): Promise<void> {
    const answer = await this.#client.list().answer;
    useModels.setState(answer.kind === 'done' ? { kept: answer.value, keptFailure: null } : answer.kind === 'failed' ? { keptFailure: answer.failure } : {});
  }

  /** A kept model becomes the backbone of the next run. */
  use(key: string, name: string): void {
    useSources.setState({ backbone: { kind: 'kept', key, name } });
  }

  async delete(key: string): Promise<void> {
    const { backbone } = useSources.getState();
    if (backbone.kind === 'kept' && backbone.key === key) useSources.setState({ backbone: BUNDLED_BACKBONE });
    const answer = await this.#client.delete(key).answer;
    useModels.setState(answer.kind === 'done' ? { kept: answer.value, keptFailure: null } : answer.kind === 'failed' ? { keptFailure: answer.failure } : {});
    const { download } = useModels.getState();
    if (download.status === 'done' && download.key === key) useModels.setState({ download: { status: 'none' } });
  }

  /** The hub's token is for the hub: it is not sent to other addresses. */
  #token(kind: 'hub' | 'address'): string | null {
    const token = useModels.getState().token.trim();
    return kind === 'hub' && token !== '' ? token : null;
  }
}
