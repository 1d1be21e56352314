import asyncifyScript from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url&no-inline';
import asyncifyBinary from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url&no-inline';
import jspiScript from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url&no-inline';
import jspiBinary from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url&no-inline';
import cpuScript from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url&no-inline';
import cpuBinary from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url&no-inline';
import type { OrtRuntime, RuntimeLoader } from './runtime.ts';

/** Threads beyond four help little at these sizes, and one core is left to the page. */
const MAX_THREADS = 4;

interface Build {
  readonly load: () => Promise<OrtRuntime>;
  /** onnxruntime's own files stand beside the page as they are: its threads start from the script itself. */
  readonly script: string;
  readonly binary: string;
}

const BUILDS = {
  cpu: { load: () => import('onnxruntime-web/wasm'), script: cpuScript, binary: cpuBinary },
  jspi: { load: () => import('onnxruntime-web/jspi'), script: jspiScript, binary: jspiBinary },
  asyncify: { load: () => import('onnxruntime-web/webgpu'), script: asyncifyScript, binary: asyncifyBinary },
} satisfies Record<string, Build>;

const loaded = new Map<Build, Promise<OrtRuntime>>();

/** The builds that come with the page: 14 MB for the CPU, 17 MB (JSPI) or 27 MB (Asyncify) for WebGPU, fetched when first needed. */
export const loadBrowserRuntime: RuntimeLoader = (provider) => {
  const build = provider === 'wasm' ? BUILDS.cpu : 'Suspending' in WebAssembly ? BUILDS.jspi : BUILDS.asyncify;
  let runtime = loaded.get(build);
  if (!runtime) {
    runtime = build.load().then((ort) => {
      const absolute = (path: string): string => new URL(path, import.meta.url).href;
      ort.env.wasm.wasmPaths = { mjs: absolute(build.script), wasm: absolute(build.binary) };
      ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.max(1, Math.min(MAX_THREADS, navigator.hardwareConcurrency - 1)) : 1;
      ort.env.logLevel = 'error';
      return ort;
    });
    loaded.set(build, runtime);
    // A failed download must not stand for ever.
    runtime.catch(() => loaded.delete(build));
  }
  return runtime;
};
