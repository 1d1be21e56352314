import styles from './series.module.css';

/** As many series as can be told apart in one chart. */
export const MAX_SERIES = 5;

/** A place among the series' colours and dashes, 0 to 4. */
export type SeriesSlot = 0 | 1 | 2 | 3 | 4;

const SLOTS: readonly SeriesSlot[] = [0, 1, 2, 3, 4];
const CLASSES = [styles.series0, styles.series1, styles.series2, styles.series3, styles.series4];
const DASHES = ['none', '8 3', '2 3', '10 3 2 3', '5 3'] as const;

export function seriesClass(slot: SeriesSlot): string {
  return CLASSES[slot];
}

export function seriesDash(slot: SeriesSlot): string {
  return DASHES[slot];
}

/** Each name gets the slot it prefers where that is free, else the lowest free one; names beyond five get none. */
export function assignSlots(names: readonly string[], preferred: Readonly<Record<string, SeriesSlot>>): ReadonlyMap<string, SeriesSlot> {
  const free = new Set(SLOTS);
  const slots = new Map<string, SeriesSlot>();
  const take = (name: string, slot: SeriesSlot | undefined) => {
    if (slot === undefined || !free.delete(slot)) return;
    slots.set(name, slot);
  };
  for (const name of names) take(name, preferred[name]);
  for (const name of names) if (!slots.has(name)) take(name, SLOTS.find((slot) => free.has(slot)));
  return slots;
}
