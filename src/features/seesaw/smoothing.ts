/** Weights of the running mean before a value that the page offers; 0 is none. */
export const SMOOTHING = [0, 0.6, 0.9] as const;
export type Smoothing = (typeof SMOOTHING)[number];

/**
 * Exponential smoothing, s_t = w·s_{t−1} + (1 − w)·y_t from s = 0, divided by 1 − w^t so that the first values are not
 * pulled to 0. Values that are undefined are passed over.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let scale = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    sum = weight * sum + (1 - weight) * value;
    scale = weight * scale + (1 - weight);
    return sum / scale;
  });
}
