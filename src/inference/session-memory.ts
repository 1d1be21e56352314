import { BackboneError } from '../backbone/types.ts';
import type { CacheShape } from './cache.ts';

/** Beyond this a model's memory is told, and given up speed for. */
export const LARGE_MODEL = 256 * 2 ** 20;

/** WebAssembly addresses 32 bits. */
const HEAP = 2 ** 32;

/**
 * Bytes of WebAssembly's memory for each byte of a model's files, without prepacking (a packed copy of every float
 * matrix, which is 3 to 7 % faster a step). Measured with onnxruntime-web 1.30 in Node on files of Qwen2.5-0.5B's shape:
 * q4 783 MB → 0.97 GB; q4f16 480 MB → 1.48 GB and fp16 989 MB → 3.3 GB at most, because the CPU computes float16 matrices
 * in float32 and both stay.
 */
const EXPANSION: Readonly<Record<CacheShape['type'], number>> = { float32: 1.25, float16: 3.4 };

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Bytes that a session of the model takes of WebAssembly's memory. @param fileBytes of its graph and external data */
export function wasmBytes(fileBytes: number, type: CacheShape['type']): number {
  return Math.round(fileBytes * EXPANSION[type]);
}

/**
 * What the user should know of a large model's memory on the CPU, in a sentence; null for others.
 * @throws BackboneError where WebAssembly cannot hold the model
 */
export function wasmNote(fileBytes: number, type: CacheShape['type']): string | null {
  const bytes = wasmBytes(fileBytes, type);
  if (bytes > HEAP) {
    const why = type === 'float16' ? ', because it computes float16 matrices in float32; model_q4.onnx takes less, and so does WebGPU' : '; a smaller export (model_q4.onnx), a smaller model, or WebGPU is needed';
    throw new BackboneError(`On the CPU the model would take about ${gigabytes(bytes)} of WebAssembly's memory, which ends at ${gigabytes(HEAP)}${why}.`);
  }
  if (fileBytes <= LARGE_MODEL) return null;
  return `On the CPU the model takes about ${gigabytes(bytes)} of WebAssembly's memory, of which there are ${gigabytes(HEAP)}, beside the rows' caches.`;
}
