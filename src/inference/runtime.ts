import type { env, InferenceSession, Tensor } from 'onnxruntime-web';
import type { Provider } from './types.ts';

/** What is used of onnxruntime-web; each of its builds has its own copy. */
export interface OrtRuntime {
  readonly env: typeof env;
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
}

/** Loads the build that has this provider. The CPU build without Asyncify decodes 3–5 times as fast as the WebGPU build does on the CPU. */
export type RuntimeLoader = (provider: Provider) => Promise<OrtRuntime>;
