import type { LeasRollout } from '../../lab/leas-events.ts';
import type { LogLine } from '../angle-run.ts';
import type { OpenResult } from '../session.ts';
import type { LeasSession } from './types.ts';

const NOT_YET: OpenResult = { kind: 'refused', message: 'LEAS cannot do this yet.', remedy: 'Open another file.' };

export class LabLeas implements LeasSession {
  start(): void {}
  pause(): void {}
  resume(): void {}
  cancel(): void {}
  reset(): void {}
  newSeed(): void {}
  setSamples(): void {}
  analyse(): void {}
  rollouts(): readonly LeasRollout[] {
    return [];
  }
  log(): readonly LogLine[] {
    return [];
  }
  takeFromSeesaw(): OpenResult {
    return NOT_YET;
  }
  openAdapters(): Promise<OpenResult> {
    return Promise.resolve(NOT_YET);
  }
  openCounts(): Promise<OpenResult> {
    return Promise.resolve(NOT_YET);
  }
  kept(): Promise<number | null> {
    return Promise.resolve(null);
  }
  forgetKept(): Promise<void> {
    return Promise.resolve();
  }
  exportRecord(): Promise<Blob> {
    return Promise.reject(new Error('Nothing is counted yet.'));
  }
  exportCsv(): Blob {
    return new Blob([]);
  }
  openRecord(): Promise<OpenResult> {
    return Promise.resolve(NOT_YET);
  }
  playBundled(): Promise<OpenResult> {
    return Promise.resolve(NOT_YET);
  }
}
