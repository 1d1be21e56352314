import { floatToHalf } from '../../half-floats.ts';

/**
 * Weights as a function of their place: element i of a tensor is one of 65,536 quantiles of a normal distribution,
 * chosen by a hash of the seed, the tensor's name and i. So any order of writing gives the same model: transposed,
 * quantised, cut to fewer layers or rows, embedded or in chunks. One value costs about 2 ns.
 */
export interface RandomWeights {
  readonly key: number;
  readonly mean: number;
  /** Standard deviation. */
  readonly std: number;
}

const QUANTILES = 65_536;

/** FNV-1a of a tensor's name, mixed with the seed. */
export function randomWeights(seed: number, name: string, std: number, mean = 0): RandomWeights {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return { key: Math.imul(hash ^ Math.imul(seed | 0, 0x9e3779b1), 0x85ebca6b) | 0, mean, std };
}

/** The quantile that element `index` takes: MurmurHash3's finaliser over a Weyl sequence, its upper 16 bits. */
export function quantileAt(key: number, index: number): number {
  let hash = (Math.imul(index, 0x9e3779b1) + key) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 16;
}

/** Acklam's rational approximation of the inverse normal distribution function (relative error 1.2e-9), for p ≤ 1/2. */
function lowerQuantile(p: number): number {
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const top = ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783;
    return top / ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  const top = (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r - 30.66479806614716) * r + 2.506628277459239) * q;
  return top / (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1);
}

let normal: Float64Array | null = null;

function normalQuantiles(): Float64Array {
  if (!normal) {
    normal = new Float64Array(QUANTILES);
    for (let index = 0; index < QUANTILES / 2; index += 1) {
      normal[index] = lowerQuantile((index + 0.5) / QUANTILES);
      normal[QUANTILES - 1 - index] = -normal[index];
    }
  }
  return normal;
}

/** Element `index` of a tensor; the same as quantileValues' entry. */
export function weightAt({ key, mean, std }: RandomWeights, index: number): number {
  return mean + std * normalQuantiles()[quantileAt(key, index)];
}

/** The values that the elements of a tensor take, ascending: [65,536]. */
export function quantileValues({ mean, std }: RandomWeights): Float32Array<ArrayBuffer> {
  const quantiles = normalQuantiles();
  const values = new Float32Array(QUANTILES);
  for (let index = 0; index < QUANTILES; index += 1) values[index] = mean + std * quantiles[index];
  return values;
}

/** The same as halves. */
export function quantileHalves(weights: RandomWeights): Uint16Array<ArrayBuffer> {
  const values = quantileValues(weights);
  const halves = new Uint16Array(QUANTILES);
  for (let index = 0; index < QUANTILES; index += 1) halves[index] = floatToHalf(values[index]);
  return halves;
}
