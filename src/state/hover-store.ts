import { create } from 'zustand';

/** What the pointer or the keyboard cursor is on. Apart from the other stores, because it changes often. */
export interface HoverState {
  readonly bin: number | null;
  readonly trajectory: number | null;
  /** Index into the analysis' rows. */
  readonly row: number | null;
}

export const useHover = create<HoverState>()(() => ({ bin: null, trajectory: null, row: null }));

export function setHover(change: Partial<HoverState>): void {
  useHover.setState(change);
}
