import { create } from 'zustand';
import { readUrl, type UrlField, type UrlFields } from '../core/url-config.ts';

/** `run=1` starts the run by itself: a wish of this visit, not a setting, so it is not written back. */
const START_KEY = 'run';

/** What a page's address said besides its settings. */
export interface UrlState {
  readonly autoStart: boolean;
  /** What the address held that was clamped, unknown or not understood. */
  readonly reports: readonly string[];
  readonly unknown: readonly (readonly [string, string])[];
}

export function createUrlStore() {
  return create<UrlState>()(() => ({ autoStart: false, reports: [], unknown: [] }));
}

export interface Address<Config> extends UrlState {
  readonly config: Config;
  /** Which settings it names. */
  readonly params: URLSearchParams;
}

/** Reads what stands behind the question mark. Never throws. */
export function readAddress<Config extends object>(fields: UrlFields<Config>, query: string): Address<Config> {
  const params = new URLSearchParams(query);
  const autoStart = params.get(START_KEY) === '1';
  params.delete(START_KEY);
  return { ...readUrl(fields, params.toString()), autoStart, params };
}

/** A list of at most `most` entries with `~` between them, each of which `parse` must understand. */
export function listField<Entry>(most: number, fallback: readonly Entry[], parse: (text: string) => Entry | null, format: (entry: Entry) => string): UrlField<readonly Entry[]> {
  return {
    default: fallback,
    parse: (text) => {
      const entries = text.split('~').filter((part) => part !== '').slice(0, most).map(parse);
      return entries.length > 0 && entries.every((entry) => entry !== null) ? { value: entries } : null;
    },
    format: (entries) => entries.map(format).join('~'),
  };
}
