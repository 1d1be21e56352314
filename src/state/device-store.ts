import { create } from 'zustand';
import type { DeviceReport, Failure } from '../lab/events.ts';
import type { CheckRow } from '../worker/protocol.ts';

export type CheckState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly rows: readonly CheckRow[]; readonly device: DeviceReport }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What this machine can do, found by a probe before anything is run. */
export interface DeviceState {
  readonly probe: 'none' | 'running' | 'done';
  readonly device: DeviceReport | null;
  readonly failure: Failure | null;
  readonly check: CheckState;
}

export const useDevice = create<DeviceState>()(() => ({ probe: 'none', device: null, failure: null, check: { kind: 'none' } }));
