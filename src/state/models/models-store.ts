import { create } from 'zustand';
import type { Failure } from '../../lab/events.ts';
import type { FoundModel, KeptList, Plan, PreflightReport, Variant } from '../../worker/models-protocol.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import type { DownloadProgress } from '../../backbone/hub/download.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';

export type Tab = 'hub' | 'address' | 'files' | 'kept';

/** A download as the page shows it; `paused` and `failed` can go on. */
export type DownloadState =
  | { readonly status: 'none' }
  | { readonly status: 'running' | 'paused'; readonly variant: Variant; readonly progress: DownloadProgress | null }
  | { readonly status: 'failed'; readonly variant: Variant; readonly progress: DownloadProgress | null; readonly failure: Failure }
  | { readonly status: 'done'; readonly variant: Variant; readonly key: string; readonly name: string };

export interface ModelsState {
  readonly open: boolean;
  readonly tab: Tab;
  readonly id: string;
  readonly host: string;
  readonly address: string;
  /** In memory; stored only where the user ticked it. */
  readonly token: string;
  readonly storeToken: boolean;
  readonly finding: boolean;
  readonly found: FoundModel | null;
  readonly findFailure: Failure | null;
  /** The variant whose preflight is shown. */
  readonly chosen: Variant | null;
  readonly plan: Plan;
  readonly checking: boolean;
  readonly report: PreflightReport | null;
  readonly checkFailure: Failure | null;
  /** Of the backbone in use, where its files are here. */
  readonly here: { readonly of: BackboneChoice | null; readonly checking: boolean; readonly report: PreflightReport | null; readonly failure: Failure | null };
  readonly download: DownloadState;
  readonly kept: KeptList | null;
  readonly keptFailure: Failure | null;
}

const TOKEN_KEY = 'seesaw.hub-token';

/** Storage may be refused; the token then lasts as long as the page. */
function storedToken(): string {
  try {
    return localStorage.getItem(TOKEN_KEY) ?? '';
  } catch {
    return '';
  }
}

export function keepToken(token: string, store: boolean): void {
  try {
    if (store && token !== '') localStorage.setItem(TOKEN_KEY, token);
    else localStorage.removeItem(TOKEN_KEY);
  } catch {
    // Nothing is stored where nothing can be.
  }
}

export const DEFAULT_HOST = 'https://huggingface.co';

/** A GRPO micro-batch of the size that the training page begins with, on the two adapters that are routed between. */
export const DEFAULT_PLAN: Plan = { purpose: 'training', batch: 4, length: 512, adapters: { count: 2, rank: 8, alpha: 16 }, losses: 2, microBatchTokens: DEFAULT_TRAINING.microBatchTokens };

export const useModels = create<ModelsState>()(() => {
  const token = storedToken();
  return {
    open: false,
    tab: 'hub',
    id: 'onnx-community/Qwen2.5-0.5B-Instruct',
    host: DEFAULT_HOST,
    address: '',
    token,
    storeToken: token !== '',
    finding: false,
    found: null,
    findFailure: null,
    chosen: null,
    plan: DEFAULT_PLAN,
    checking: false,
    report: null,
    checkFailure: null,
    here: { of: null, checking: false, report: null, failure: null },
    download: { status: 'none' },
    kept: null,
    keptFailure: null,
  };
});
