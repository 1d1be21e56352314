import type { Alternative, SampledToken, SamplingSettings } from './types.ts';

/** Working memory that grows to the largest vocabulary seen: a step must not leave garbage of its size behind. */
let weights = new Float64Array(0);
let heap = new Uint32Array(0);
let kept = new Uint32Array(0);

const NONE: readonly Alternative[] = [];

/**
 * Draws the next token of one row.
 *
 * The log-probability, the entropy and the alternatives are those of the whole distribution at temperature 1, whatever
 * the settings. The draw itself: temperature, then top-k, then the nucleus (the smallest set of most probable tokens
 * whose share of what top-k left is at least p; never empty), then the inverse of the cumulative distribution over
 * ascending ids, so that logits that differ in their last bits do not reorder tokens. Equal logits count in the order of
 * their ids; temperature 0 takes the largest logit and uses no uniform. Arithmetic is f64.
 * @param logits [vocab]; −∞ stands for an impossible token
 * @param uniform in [0, 1)
 * @param alternatives how many of the most probable tokens to return
 * @throws RangeError for settings outside their range, and for logits that are NaN, +∞, or all −∞
 */
export function sampleToken(logits: Float32Array, settings: SamplingSettings, uniform: number, alternatives: number): SampledToken {
  check(settings, uniform, logits.length);
  const size = logits.length;
  if (weights.length < size) {
    weights = new Float64Array(size);
    heap = new Uint32Array(size);
    kept = new Uint32Array(size);
  }
  const best = largest(logits);
  const top = logits[best];
  let mass = 0;
  let moment = 0;
  for (let id = 0; id < size; id++) {
    const x = logits[id] - top;
    // exp underflows to 0 below −745, and 0·(−∞) would be NaN.
    const weight = x < -745.2 ? 0 : Math.exp(x);
    weights[id] = weight;
    if (weight > 0) {
      mass += weight;
      moment += weight * x;
    }
  }
  const logMass = Math.log(mass);
  const token = settings.temperature === 0 ? best : draw(logits, top, settings, uniform, mass);
  return {
    token,
    logprob: logits[token] - top - logMass,
    entropy: Math.max(0, logMass - moment / mass),
    alternatives: alternatives > 0 ? mostProbable(logits, Math.min(alternatives, size), top + logMass) : NONE,
  };
}

function check({ temperature, topP, topK }: SamplingSettings, uniform: number, size: number): void {
  if (!(temperature >= 0 && temperature < Infinity)) throw new RangeError(`A temperature must be 0 or more, not ${temperature}.`);
  if (!(topP >= 0 && topP <= 1)) throw new RangeError(`Top-p must lie between 0 and 1, not be ${topP}.`);
  if (!(Number.isInteger(topK) && topK >= 0)) throw new RangeError(`Top-k must be a whole number of 0 or more, not ${topK}.`);
  if (!(uniform >= 0 && uniform < 1)) throw new RangeError(`A uniform number must lie in [0, 1), not be ${uniform}.`);
  if (size === 0) throw new RangeError('There are no logits to sample from.');
}

/** The lowest id of the largest logit. */
function largest(logits: Float32Array): number {
  let best = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id];
    // NaN is the one number that differs from itself.
    if (logit !== logit) throw new RangeError(`The model returned NaN for token ${id}; choose another provider or an unquantised backbone.`);
    if (logit > logits[best]) best = id;
  }
  if (!Number.isFinite(logits[best])) throw new RangeError(`The model's largest logit is ${logits[best]}; choose another provider or an unquantised backbone.`);
  return best;
}

/** @param mass sum of `weights`, which hold exp(logit − top) */
function draw(logits: Float32Array, top: number, { temperature, topP, topK }: SamplingSettings, uniform: number, mass: number): number {
  const size = logits.length;
  let total = mass;
  if (temperature !== 1) {
    total = 0;
    for (let id = 0; id < size; id++) {
      const x = (logits[id] - top) / temperature;
      const weight = x < -745.2 ? 0 : Math.exp(x);
      weights[id] = weight;
      total += weight;
    }
  }
  const limited = topK > 0 && topK < size;
  if (!limited && topP >= 1) return pick(null, size, uniform * total);
  const count = keep(logits, limited ? topK : size, topP, total, limited);
  let left = 0;
  for (let at = 0; at < count; at++) left += weights[kept[at]];
  return pick(kept, count, uniform * left);
}

/** First id, of all or of the ascending `ids`, at which the running sum of weights exceeds the target. */
function pick(ids: Uint32Array | null, count: number, target: number): number {
  let sum = 0;
  let last = 0;
  for (let at = 0; at < count; at++) {
    const id = ids === null ? at : ids[at];
    const weight = weights[id];
    if (weight === 0) continue;
    sum += weight;
    if (sum > target) return id;
    last = id;
  }
  // Rounding may leave the target at the very end; never a token of no weight.
  return last;
}

/**
 * Puts the most probable ids, ascending, into `kept` and returns how many. A heap over the logits is built in linear time
 * and popped only as often as tokens are kept, where a sort would order the whole vocabulary.
 */
function keep(logits: Float32Array, limit: number, topP: number, total: number, limited: boolean): number {
  const size = logits.length;
  for (let id = 0; id < size; id++) heap[id] = id;
  for (let at = (size >>> 1) - 1; at >= 0; at--) sink(logits, at, size);
  let left = size;
  let count = 0;
  let sum = 0;
  const goal = limited ? Infinity : topP * total;
  while (count < limit && (count === 0 || sum < goal) && weights[heap[0]] > 0) {
    const id = heap[0];
    kept[count++] = id;
    sum += weights[id];
    heap[0] = heap[--left];
    if (left === 0) break;
    sink(logits, 0, left);
  }
  if (limited && topP < 1) {
    let nucleus = weights[kept[0]];
    let chosen = 1;
    while (chosen < count && nucleus < topP * sum) nucleus += weights[kept[chosen++]];
    count = chosen;
  }
  kept.subarray(0, count).sort();
  return count;
}

function sink(logits: Float32Array, from: number, size: number): void {
  const id = heap[from];
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && precedes(logits, heap[child + 1], heap[child])) child++;
    if (!precedes(logits, heap[child], id)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = id;
}

function precedes(logits: Float32Array, a: number, b: number): boolean {
  return logits[a] > logits[b] || (logits[a] === logits[b] && a < b);
}

/** The `count` largest logits, best first, by insertion: few are wanted and most of the vocabulary fails one comparison. */
function mostProbable(logits: Float32Array, count: number, logSum: number): Alternative[] {
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (ids.length === count && !(logits[id] > logits[ids[count - 1]])) continue;
    let at = ids.length === count ? count - 1 : ids.length;
    while (at > 0 && logits[id] > logits[ids[at - 1]]) {
      ids[at] = ids[at - 1];
      at--;
    }
    ids[at] = id;
  }
  return ids.map((token) => ({ token, logprob: logits[token] - logSum }));
}
