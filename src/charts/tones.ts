import styles from './tones.module.css';

export type Tone = 'reasoning' | 'tool' | 'cross';

/** Line dash of each tone, the same in every chart and legend: long dashes, dots, a solid line. */
export const TONE_DASH: Readonly<Record<Tone, string | undefined>> = { reasoning: '9 4', tool: '2.5 2.5', cross: undefined };

export function toneClass(tone: Tone): string {
  return styles[tone] ?? '';
}
