import { create, globals } from 'webgpu';
import { requestDevice, type GpuDevice } from '../device.ts';

let cached: Promise<GpuDevice> | undefined;
let instance: GPU | undefined;

/** The adapter that kernel tests and command-line tools run on. No adapter is a failure, never a skip. */
export function testDevice(): Promise<GpuDevice> {
  cached ??= open();
  return cached;
}

async function open(): Promise<GpuDevice> {
  Object.assign(globalThis, globals);
  instance = create(['backend=vulkan']);
  const opened = await requestDevice(instance);
  opened.device.addEventListener('uncapturederror', (event) => {
    throw new Error(event.error.message);
  });
  return opened;
}
