import type { AngleSettings } from './types.ts';

/** The paper's design on all modules, with ≥ 1,000 draws. */
export const DEFAULT_ANGLE_SETTINGS: AngleSettings = {
  design: 'single',
  advantage: false,
  reasoning: 'all',
  bothCorrect: false,
  identical: false,
  layer: 'all',
  target: 'all',
  draws: 1000,
  seed: 1,
};

/** The settings as they are applied: `overlap` is the public code's design, which weights by the advantage. */
export function appliedSettings(settings: AngleSettings): AngleSettings {
  return settings.design === 'overlap' ? { ...settings, advantage: true } : settings;
}
