import { BackboneError } from '../backbone/types.ts';
import type { OrtRoutedSession } from './session.ts';

/** The onnxruntime-web in which the fault below was last seen; parity.gpu.test.ts tells when it is gone. */
const FAULTY_VERSION = '1.30.0';

/**
 * onnxruntime-web 1.30's WebGPU attention is wrong by whole nats for runs of 32 tokens or more without a past, where the
 * device has subgroups of four (SwiftShader): keys and values are right, the attention's output is not; 31 tokens are
 * right, and so is a device asked for without the feature. Graph, quantisation and zero points have nothing to do with it.
 */
export const SAFE_RUN = 31;

const LENGTH = 40;
const SMALL = 16;
/** Whole nats stand against rounding: 1e-5 in f32, some 1e-2 in f16. */
const TOLERANCE_NATS = { float32: 0.01, float16: 0.3 };

/**
 * Encodes the same 40 tokens in one run and in runs of 16, and limits the session's runs to 31 tokens where they differ.
 * @returns what was worked around, in a sentence, or null
 * @throws BackboneError when short runs contradict each other too
 */
export async function checkRuns(session: OrtRoutedSession): Promise<string | null> {
  const reference = await topLogprobs(session, SMALL);
  const tolerance = TOLERANCE_NATS[session.cacheType];
  if (differs(reference, await topLogprobs(session, LENGTH), tolerance)) {
    if (differs(reference, await topLogprobs(session, SAFE_RUN), tolerance)) {
      throw new BackboneError('onnxruntime-web gives different results for the same tokens depending on how they are split into runs on this device; use the WebAssembly provider.');
    }
    session.runLimit = SAFE_RUN;
    return `Runs are limited to ${SAFE_RUN} tokens, because onnxruntime-web ${FAULTY_VERSION} computes longer ones wrongly on this device.`;
  }
  return null;
}

/**
 * Whether a graph without GroupQueryAttention leaves masked positions out: the same token behind the same three, with
 * nothing and with a gap between. One that counts positions by itself would not.
 * @throws BackboneError when it does not
 */
export async function checkGaps(session: OrtRoutedSession): Promise<void> {
  const tokens = [1, 2, 3].map((token) => token % session.vocabSize);
  const after = async (gap: number): Promise<Float64Array> => {
    const cache = session.cache(1);
    try {
      await session.run(cache, [0], tokens, tokens.map(() => 0), [tokens.length - 1]);
      cache.rearrange([{ from: 0, length: tokens.length }], tokens.length + gap);
      return logSoftmax(await session.run(cache, [tokens.length], [tokens[0]], [0], [0]));
    } finally {
      cache.destroy();
    }
  };
  if (differs(await after(0), await after(5), TOLERANCE_NATS[session.cacheType])) {
    throw new BackboneError("The model's graph does not leave out positions that the attention mask leaves out, which decoding rows of unequal length needs; choose an export with GroupQueryAttention.");
  }
}

/** log-softmax after 40 fixed tokens that were encoded in runs of at most `limit`; all adapters take part. */
async function topLogprobs(session: OrtRoutedSession, limit: number): Promise<Float64Array> {
  const tokens = Array.from({ length: LENGTH }, (_, index) => (index * 37 + 11) % session.vocabSize);
  const adapters = tokens.map((_, index) => (index >> 2) % (session.adapterCount + 1));
  const before = session.runLimit;
  session.runLimit = limit;
  const batch = session.open(1);
  try {
    return logSoftmax(await batch.extend(0, tokens, adapters));
  } finally {
    batch.destroy();
    session.runLimit = before;
  }
}

function logSoftmax(logits: Float32Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const norm = top + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0));
  return Float64Array.from(logits, (value) => value - norm);
}

/** Whether any of the tokens that matter (at least 1 in 1,000) differs by more than the tolerance. NaN differs. */
function differs(a: Float64Array, b: Float64Array, tolerance: number): boolean {
  return a.some((value, index) => value > Math.log(1e-3) && !(Math.abs(value - b[index]) <= tolerance));
}
