import { describe, expect, it } from 'vitest';
import { DeviceError, requestDevice } from './device.ts';
import { testDevice } from './testing/device.ts';

describe('the device', () => {
  // Everything else of this project's kernel tests rests on this one: without an adapter it fails, it never skips.
  it('exists: an adapter is found and gives a device', async () => {
    const { device, capabilities, description } = await testDevice();
    expect(device.label).toBe('seesaw');
    expect(capabilities.maxBinding).toBeGreaterThanOrEqual(128 * 2 ** 20);
    expect(description.vendor + description.description).not.toBe('');
    expect(description.features).toEqual([...device.features].sort());
  });

  it('has the adapter’s own limits where they are worth more than the defaults', async () => {
    const { device, description } = await testDevice();
    expect(device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
    for (const [name, value] of Object.entries(description.limits)) expect(value, name).toBeGreaterThan(0);
  });

  it('says what to do where WebGPU is missing', async () => {
    // The parameter's default would apply to an explicit undefined, and Node 21 and newer have a navigator without gpu.
    const absent = requestDevice(undefined);
    await expect(absent).rejects.toThrow(DeviceError);
    await expect(absent).rejects.toMatchObject({ message: expect.stringMatching(/WebGPU/) as string, remedy: expect.stringMatching(/Chrome/) as string });
  });

  it('says what to do where no adapter is found', async () => {
    const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(requestDevice(none)).rejects.toMatchObject({ name: 'DeviceError', message: expect.stringMatching(/no graphics adapter/) as string });
  });

  it('refuses an adapter that binds too few storage buffers, naming both numbers', async () => {
    const small = { requestAdapter: () => Promise.resolve({ limits: { maxStorageBuffersPerShaderStage: 4 } }) } as unknown as GPU;
    await expect(requestDevice(small)).rejects.toThrow(/at most 4 storage buffers a shader; 8 are needed/);
  });
});
