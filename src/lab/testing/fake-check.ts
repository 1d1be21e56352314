import type { Backbone } from '../../backbone/load.ts';
import type { DecoderConfig } from '../../backbone/types.ts';
import type { EngineSequence } from '../../engine/types.ts';
import type { RoutedSession } from '../../inference/types.ts';
import type { CheckEngine } from '../model-check-engine.ts';
import { checkSequence } from '../model-check-plan.ts';
import type { StackedAdapters } from '../run-adapters.ts';
import { fakeSession } from './fake-rollouts.ts';

/** The parameters that the fake model reads: the first of A and of B of every module. */
function sensitive({ layout }: StackedAdapters): number[] {
  return layout.slots.flatMap(({ a, b }) => [a, b]);
}

/** log π of target t of a smooth made-up model, and its derivatives with respect to the sensitive parameters. */
function model(theta: Float64Array, targets: number): { readonly logprobs: Float64Array; readonly derivatives: Float64Array[] } {
  const logprobs = new Float64Array(targets).fill(-4);
  const derivatives = Array.from({ length: targets }, () => new Float64Array(theta.length));
  for (let t = 0; t < targets; t += 1) {
    theta.forEach((value, s) => {
      const rate = 1 + (s % 3);
      logprobs[t] += (2 / theta.length) * Math.sin(rate * value + 0.1 * s * t);
      derivatives[t][s] = (2 / theta.length) * rate * Math.cos(rate * value + 0.1 * s * t);
    });
  }
  return { logprobs, derivatives };
}

export interface FakeEngineOptions {
  readonly bytes?: number;
  /** Of all gradients: 1 is right. */
  readonly wrong?: number;
  readonly onForward?: (forwards: number) => Promise<void> | void;
}

/** An engine over the made-up model, whose gradients are exact. */
export function fakeCheckEngine(adapters: StackedAdapters, { bytes = 1000, wrong = 1, onForward }: FakeEngineOptions = {}): CheckEngine & { readonly destroyed: () => boolean } {
  const at = sensitive(adapters);
  const theta = Float64Array.from(at, (index) => adapters.values[index]);
  let [forwards, destroyed] = [0, false];
  return {
    layout: adapters.layout,
    memory: { bytes, peakBytes: bytes },
    get work() {
      return { flops: 1000 * forwards, longestMs: 12 };
    },
    async logprobs({ tokens }) {
      forwards += 1;
      await onForward?.(forwards);
      return Float32Array.from(model(theta, tokens.length - 1).logprobs);
    },
    backward({ tokens }, vectors) {
      const { logprobs, derivatives } = model(theta, tokens.length - 1);
      const losses = Float64Array.from(vectors, ([weights]) => -logprobs.reduce((sum, value, t) => sum + weights[t + 1] * value, 0));
      const gradients = vectors.map(([weights]) => {
        const flat = new Float32Array(adapters.layout.size);
        at.forEach((index, s) => {
          flat[index] = -wrong * derivatives.reduce((sum, row, t) => sum + weights[t + 1] * row[s], 0);
        });
        return flat;
      });
      return Promise.resolve({ losses, gradients });
    },
    write(index, value) {
      const place = at.indexOf(index);
      if (place < 0) throw new Error(`Parameter ${index} is not read by the made-up model.`);
      theta[place] = value;
    },
    destroy: () => {
      destroyed = true;
    },
    destroyed: () => destroyed,
  };
}

/** A session whose log-probabilities are the made-up model's, `shift` nats lower. */
export function fakeCheckSession({ config }: Backbone, adapters: StackedAdapters, { tokens, seed }: { readonly tokens: number; readonly seed: number }, shift = 0): KnownSession {
  const theta = Float64Array.from(sensitive(adapters), (index) => adapters.values[index]);
  const { logprobs } = model(theta, tokens - 1);
  return knownSession(config, checkSequence(config, tokens, seed).sequence, logprobs.map((value) => value - shift));
}

export type KnownSession = RoutedSession & { readonly closed: () => boolean };

/** A session that gives each next token of one sequence the probability that is known of it. */
export function knownSession({ vocabSize }: DecoderConfig, { tokens }: EngineSequence, logprobs: ArrayLike<number>): KnownSession {
  const after = (position: number): Float32Array => {
    const logits = new Float32Array(vocabSize);
    const probability = Math.exp(logprobs[position]);
    logits[tokens[position + 1]] = Math.log((probability * (vocabSize - 1)) / (1 - probability));
    return logits;
  };
  let closed = false;
  let length = 0;
  return {
    ...fakeSession('wasm', 2),
    vocabSize,
    open: () => ({
      slots: 1,
      length: () => length,
      clear: () => {
        length = 0;
      },
      copy: () => Promise.resolve(),
      extend: (_, given) => Promise.resolve(after((length += given.length) - 1)),
      step: () => Promise.resolve(after(length++)),
      destroy: () => undefined,
    }),
    destroy: () => {
      closed = true;
      return Promise.resolve();
    },
    closed: () => closed,
  };
}
