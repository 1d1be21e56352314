import { describe, expect, it } from 'vitest';
import { chooseProvider, measureStep } from './choose-provider.ts';
import { createRoutedSession, type OrtRoutedSession } from './session.ts';
import { goldenCase } from './testing/golden.ts';
import { loadNodeRuntime } from './testing/node-runtime.ts';

async function open(): Promise<OrtRoutedSession> {
  const { backbone, graph, adapters } = await goldenCase('qwen2-f32');
  return createRoutedSession({ graph, config: backbone.config, adapters, provider: 'wasm', loadRuntime: loadNodeRuntime });
}

describe('chooseProvider', () => {
  it('takes WebAssembly where the adapter is missing or a software one, and what was set by hand', async () => {
    for (const [device, wanted] of [['none', 'auto'], ['software', 'auto'], ['hardware', 'wasm']] as const) {
      const opened: string[] = [];
      const { choice, session } = await chooseProvider({ wanted, device, rows: 2, modelBytes: 1, open: (provider) => (opened.push(provider), open()) });
      expect(opened).toEqual(['wasm']);
      expect(choice).toMatchObject({ provider: 'wasm', measured: [] });
      await session.destroy();
    }
  });

  it('measures both on a graphics card and closes the slower one', async () => {
    const closed: string[] = [];
    const { choice } = await chooseProvider({
      wanted: 'auto',
      device: 'hardware',
      rows: 3,
      modelBytes: 1,
      open: async (provider) => {
        const session = await open();
        const { destroy, run } = { destroy: session.destroy.bind(session), run: session.run.bind(session) };
        Object.defineProperty(session, 'provider', { value: provider });
        session.destroy = () => (closed.push(provider), destroy());
        if (provider === 'wasm') session.run = async (...args) => (await new Promise((resolve) => setTimeout(resolve, 30)), run(...args));
        return session;
      },
    });
    expect(choice.provider).toBe('webgpu');
    expect(choice.measured.map(({ provider }) => provider)).toEqual(['webgpu', 'wasm']);
    expect(choice.reason).toMatch(/^WebGPU was faster: one step of 3 rows took WebGPU [\d.]+ ms, WebAssembly [\d.]+ ms\.$/);
    expect(closed).toEqual(['wasm']);
  });

  it('goes on with WebAssembly, and says why, where WebGPU fails', async () => {
    const { choice, session } = await chooseProvider({ wanted: 'auto', device: 'hardware', rows: 1, modelBytes: 1, open: (provider) => (provider === 'webgpu' ? Promise.reject(new Error('No.')) : open()) });
    expect(choice).toMatchObject({ provider: 'wasm', reason: 'WebAssembly: No.' });
    expect(await measureStep(session, 1)).toBeGreaterThan(0);
    await session.destroy();
  });

  it('closes a session that opens and cannot be measured', async () => {
    const closed: string[] = [];
    const { choice, session } = await chooseProvider({
      wanted: 'auto',
      device: 'hardware',
      rows: 1,
      modelBytes: 1,
      open: async (provider) => {
        const opened = await open();
        const destroy = opened.destroy.bind(opened);
        opened.destroy = () => (closed.push(provider), destroy());
        if (provider === 'webgpu') opened.run = () => Promise.reject(new Error('No step.'));
        return opened;
      },
    });
    expect(choice).toMatchObject({ provider: 'wasm', reason: 'WebAssembly: No step.' });
    expect(closed).toEqual(['webgpu']);
    await session.destroy();
  });

  it('opens a large model once, on the card, or on the CPU where that fails', async () => {
    for (const fails of [false, true]) {
      const opened: string[] = [];
      const { choice, session } = await chooseProvider({
        wanted: 'auto',
        device: 'hardware',
        rows: 1,
        modelBytes: 800e6,
        open: (provider) => (opened.push(provider), fails && provider === 'webgpu' ? Promise.reject(new Error('No room.')) : open()),
      });
      expect(opened).toEqual(fails ? ['webgpu', 'wasm'] : ['webgpu']);
      expect(choice.measured).toEqual([]);
      expect(choice.reason).toMatch(fails ? /^WebAssembly: No room\.$/ : /^WebGPU: .*not measured/);
      await session.destroy();
    }
  });
});
