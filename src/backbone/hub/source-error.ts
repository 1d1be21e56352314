import { BackboneError } from '../types.ts';

export type SourceFault = 'offline' | 'access' | 'missing' | 'busy' | 'server' | 'changed' | 'length' | 'damaged' | 'storage' | 'request';

/** What kept a model from being fetched or stored: one sentence, and the way out. */
export class SourceError extends BackboneError {
  readonly fault: SourceFault;
  readonly remedy: string;
  /** Milliseconds to wait before asking again; null where asking again does not help. */
  readonly retryAfter: number | null;

  constructor(fault: SourceFault, message: string, remedy: string, retryAfter: number | null = null) {
    super(message);
    this.fault = fault;
    this.remedy = remedy;
    this.retryAfter = retryAfter;
  }
}
