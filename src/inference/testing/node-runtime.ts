import type { OrtRuntime } from '../runtime.ts';
import type { Provider } from '../types.ts';

/** onnxruntime's wasm memory is shared; Dawn for Node takes only views of plain memory, so those are copied. */
function acceptSharedMemory(): void {
  const { prototype } = GPUQueue;
  // Called with the queue as `this` below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = prototype.writeBuffer;
  prototype.writeBuffer = function writeBuffer(this: GPUQueue, ...[buffer, offset, data, start, size]: Parameters<GPUQueue['writeBuffer']>): undefined {
    const shared = ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer;
    const plain = shared ? Uint8Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : data;
    original.call(this, buffer, offset, plain as Uint8Array<ArrayBuffer>, start ?? 0, size);
  };
}

const BUNDLES: Record<Provider, string> = { wasm: 'ort.wasm.bundle.min.mjs', webgpu: 'ort.webgpu.bundle.min.mjs' };
const loaded = new Map<Provider, Promise<OrtRuntime>>();

/** The browser's builds in Node, one thread; `gpu` is Dawn's entry point, needed for WebGPU. */
export function loadNodeRuntime(provider: Provider, gpu?: GPU): Promise<OrtRuntime> {
  let runtime = loaded.get(provider);
  if (!runtime) {
    runtime = (async () => {
      if (gpu) acceptSharedMemory();
      Object.defineProperty(globalThis, 'navigator', { value: { ...(gpu ? { gpu } : {}), hardwareConcurrency: 2, userAgent: 'node' }, configurable: true });
      // The package's own "node" entry has no WebGPU; the browser bundles run in Node as they are.
      const path = `file://${process.cwd()}/node_modules/onnxruntime-web/dist/${BUNDLES[provider]}`;
      const ort = (await import(/* @vite-ignore */ path)) as OrtRuntime;
      ort.env.wasm.numThreads = 1;
      ort.env.logLevel = 'error';
      return ort;
    })();
    loaded.set(provider, runtime);
  }
  return runtime;
}
