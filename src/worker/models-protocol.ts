import type { DownloadProgress } from '../backbone/hub/download.ts';
import type { KeptModel } from '../backbone/hub/kept-models.ts';
import type { RemoteModel } from '../backbone/hub/types.ts';
import type { Variant } from '../backbone/hub/variants.ts';
import type { Plan, PreflightReport } from '../engine/preflight.ts';
import type { Failure } from '../lab/events.ts';
import type { BackboneChoice } from './protocol.ts';

export type { Plan, PreflightReport } from '../engine/preflight.ts';
export type { Variant } from '../backbone/hub/variants.ts';

/** Where to look for a model. */
export type ModelPlace = { readonly kind: 'hub'; readonly id: string; readonly host: string } | { readonly kind: 'address'; readonly address: string };

export interface FoundModel {
  readonly model: RemoteModel;
  readonly variants: readonly Variant[];
  /** Why none of the variants can be used, and what would do; null where one can. */
  readonly refused: string | null;
}

/** What a device offers, as far as memory and formats go. */
export interface DeviceRoom {
  readonly shaderF16: boolean;
  readonly maxBinding: number;
  readonly maxBuffer: number;
}

/** Page to models worker; one answer a request, by its number, and progress before it. */
export type ModelsRequest =
  | { readonly id: number; readonly type: 'find'; readonly place: ModelPlace; readonly token: string | null }
  | { readonly id: number; readonly type: 'preflight'; readonly model: RemoteModel; readonly variant: Variant; readonly token: string | null; readonly plan: Plan; readonly device: DeviceRoom | null }
  /** Of a backbone whose files are here; `base` is the page's address. */
  | { readonly id: number; readonly type: 'preflight-here'; readonly backbone: BackboneChoice; readonly base: string; readonly plan: Plan; readonly device: DeviceRoom | null }
  | { readonly id: number; readonly type: 'download'; readonly model: RemoteModel; readonly variant: Variant; readonly token: string | null }
  | { readonly id: number; readonly type: 'list' }
  | { readonly id: number; readonly type: 'delete'; readonly key: string }
  /** Ends the request of this number; what a download has stored stays. */
  | { readonly id: number; readonly type: 'stop'; readonly request: number };

export interface KeptList {
  readonly models: readonly KeptModel[];
  /** Bytes that may still be stored; null where the browser does not tell. */
  readonly free: number | null;
}

export type ModelsReply =
  | { readonly id: number; readonly type: 'found'; readonly found: FoundModel }
  | { readonly id: number; readonly type: 'preflight'; readonly report: PreflightReport }
  | { readonly id: number; readonly type: 'progress'; readonly progress: DownloadProgress }
  | { readonly id: number; readonly type: 'downloaded'; readonly key: string; readonly name: string }
  | { readonly id: number; readonly type: 'kept'; readonly kept: KeptList }
  | { readonly id: number; readonly type: 'stopped' }
  | { readonly id: number; readonly type: 'failed'; readonly failure: Failure };
