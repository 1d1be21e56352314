import { create } from 'zustand';
import type { Pair } from '../core/angles/types.ts';

export type ThemeChoice = 'light' | 'dark' | 'system';
export type HistogramRange = 'full' | 'zoom';

/** How things are looked at; none of it changes a number. */
export interface ViewState {
  readonly theme: ThemeChoice;
  /** Single-letter shortcuts; off for speech input. */
  readonly singleKeys: boolean;
  readonly range: HistogramRange;
  readonly heatPair: Pair;
  /** Angles chosen in the histogram, degrees. */
  readonly degrees: readonly [number, number] | null;
  /** Index of the trajectory chosen in the strips or the rows. */
  readonly trajectory: number | null;
  readonly helpOpen: boolean;
  readonly detailsOpen: boolean;
  readonly exportOpen: boolean;
  readonly openOpen: boolean;
}

const THEME_KEY = 'seesaw.theme';
const KEYS_KEY = 'seesaw.single-keys';

/** Storage may be refused (private windows, embedded pages); the choice then lasts as long as the page. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

function storedTheme(): ThemeChoice {
  const value = stored(THEME_KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const useView = create<ViewState>()(() => ({
  theme: storedTheme(),
  singleKeys: stored(KEYS_KEY) !== 'off',
  range: 'full',
  heatPair: 'RT',
  degrees: null,
  trajectory: null,
  helpOpen: false,
  detailsOpen: false,
  exportOpen: false,
  openOpen: false,
}));

export function setView(change: Partial<ViewState>): void {
  useView.setState(change);
  if (change.theme !== undefined) store(THEME_KEY, change.theme);
  if (change.singleKeys !== undefined) store(KEYS_KEY, change.singleKeys ? 'on' : 'off');
}
