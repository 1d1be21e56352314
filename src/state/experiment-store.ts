import { create } from 'zustand';
import { DEFAULT_ANGLE_SETTINGS } from '../core/angles/settings.ts';
import type { AngleSettings } from '../core/angles/types.ts';
import type { ParameterSet } from '../core/gram/types.ts';
import type { Routing } from '../core/trajectory/types.ts';

/** What identifies an experiment: the run's own settings, which need the GPU, and the analysis', which do not. */
export interface Experiment {
  readonly parameterSet: ParameterSet;
  readonly routing: Routing;
  /** Use at most this many questions; 0 is all. */
  readonly maxGroups: number;
  readonly seed: number;
  readonly analysis: AnalysisChoices;
}

export type AnalysisChoices = Omit<AngleSettings, 'seed'>;

const { seed, ...analysis } = DEFAULT_ANGLE_SETTINGS;

export const DEFAULT_EXPERIMENT: Experiment = { parameterSet: 'full', routing: 'paper', maxGroups: 0, seed, analysis };

export const useExperiment = create<Experiment>()(() => DEFAULT_EXPERIMENT);

export function setExperiment(change: Partial<Experiment>): void {
  useExperiment.setState(change);
}

export function setAnalysis(change: Partial<AnalysisChoices>): void {
  useExperiment.setState((state) => ({ analysis: { ...state.analysis, ...change } }));
}

export function analysisSettings(experiment: Experiment): AngleSettings {
  return { ...experiment.analysis, seed: experiment.seed };
}
