import { create, globals } from 'webgpu';
import { requestDevice, type GpuDevice } from '../device.ts';

export interface TestAdapter {
  readonly gpu: GpuDevice;
  /** Dawn's entry point; kept alive here, because its devices die with it. */
  readonly instance: GPU;
}

let cached: Promise<TestAdapter> | undefined;

/** The adapter that kernel tests and command-line tools run on. No adapter is a failure, never a skip. */
export function testAdapter(): Promise<TestAdapter> {
  cached ??= open();
  return cached;
}

export async function testDevice(): Promise<GpuDevice> {
  return (await testAdapter()).gpu;
}

async function open(): Promise<TestAdapter> {
  Object.assign(globalThis, globals);
  const instance = create(['backend=vulkan']);
  const opened = await requestDevice(instance);
  opened.device.addEventListener('uncapturederror', (event) => {
    throw new Error(event.error.message);
  });
  return { gpu: opened, instance };
}
