import { create } from 'zustand';
import type { AbilityFigure } from './step-metrics.ts';
import type { Smoothing } from './smoothing.ts';

/** How the page stands; none of it changes a number. */
export interface SeesawPageState {
  readonly smoothing: Smoothing;
  /** Arms put out of sight. */
  readonly hidden: readonly string[];
  /** Which of the figures that exist once an ability, and of which ability. */
  readonly figure: AbilityFigure;
  readonly ability: string;
}

export const useSeesawPage = create<SeesawPageState>()(() => ({ smoothing: 0.6, hidden: [], figure: 'loss', ability: 'reasoning' }));

export function setSeesawPage(change: Partial<SeesawPageState>): void {
  useSeesawPage.setState(change);
}

/** The step under the pointer or the keyboard's cursor, in whichever chart; apart, because it changes often. */
export const useHoverStep = create<{ readonly step: number | null }>()(() => ({ step: null }));

export function setHoverStep(step: number | null): void {
  if (useHoverStep.getState().step !== step) useHoverStep.setState({ step });
}
