import type { OrtRoutedSession } from './session.ts';
import { LARGE_MODEL } from './session-memory.ts';
import type { Provider } from './types.ts';

export interface ProviderChoice {
  readonly provider: Provider;
  readonly measured: readonly { readonly provider: Provider; readonly millisecondsPerStep: number }[];
  /** One sentence. */
  readonly reason: string;
}

export interface ProviderQuestion {
  /** What the user set. */
  readonly wanted: Provider | 'auto';
  /** Whether there is a graphics device, and whether it computes on the CPU. */
  readonly device: 'none' | 'software' | 'hardware';
  /** Rows that will decode together. */
  readonly rows: number;
  /** Of the model's files. */
  readonly modelBytes: number;
  readonly open: (provider: Provider) => Promise<OrtRoutedSession>;
}

const WARM_UP = 3;
const STEPS = 6;

/** Milliseconds of one decode step of `rows` rows: the median after a warm-up, in which pipelines compile. */
export async function measureStep(session: OrtRoutedSession, rows: number): Promise<number> {
  const batch = session.open(rows);
  const times: number[] = [];
  try {
    for (let step = 0; step < WARM_UP + STEPS; step += 1) {
      const begun = performance.now();
      await batch.step(Array.from({ length: rows }, (_, slot) => ({ slot, token: (step * 31 + slot) % session.vocabSize, adapter: slot % (session.adapterCount + 1) })));
      times.push(performance.now() - begun);
    }
  } finally {
    batch.destroy();
  }
  return times.slice(WARM_UP).sort((a, b) => a - b)[STEPS >> 1];
}

/**
 * The session to decode with, by a short measurement where there is something to choose. On a software adapter WebGPU
 * is not tried unasked: compiling onnxruntime's pipelines there takes longer than whole rollouts on the CPU, which
 * decodes 30 to 500 times as fast. A large model is not measured: two sessions at once would hold it twice, and a card is
 * faster than the CPU's 0.1 to 0.9 s a step of a 0.5B model (one thread).
 * @throws BackboneError where no provider can use the model
 */
export async function chooseProvider({ wanted, device, rows, modelBytes, open }: ProviderQuestion): Promise<{ readonly session: OrtRoutedSession; readonly choice: ProviderChoice }> {
  const only = async (provider: Provider, reason: string): Promise<{ session: OrtRoutedSession; choice: ProviderChoice }> => {
    const session = await open(provider);
    return { session, choice: { provider, measured: [], reason } };
  };
  const measured = async (provider: Provider): Promise<Measured> => {
    const session = await open(provider);
    try {
      return { session, milliseconds: await measureStep(session, rows) };
    } catch (error) {
      // Nobody else knows of it, and it holds the weights.
      await session.destroy().catch(() => undefined);
      throw error;
    }
  };
  if (wanted !== 'auto') return only(wanted, `${NAMES[wanted]} was set by hand.`);
  if (device === 'none') return only('wasm', 'WebAssembly: there is no graphics device.');
  if (device === 'software') return only('wasm', 'WebAssembly: the graphics adapter is a software one, on which onnxruntime decodes many times slower than on the CPU.');
  if (modelBytes > LARGE_MODEL) {
    try {
      return await only('webgpu', 'WebGPU: a model of this size is not measured on the CPU too, which would hold it twice.');
    } catch (error) {
      return only('wasm', `WebAssembly: ${sentence(error)}`);
    }
  }
  const { session: cpu, milliseconds: cpuTime } = await measured('wasm');
  let card: Measured;
  try {
    card = await measured('webgpu');
  } catch (error) {
    // The page goes on with the provider that works, and says why.
    return { session: cpu, choice: { provider: 'wasm', measured: [{ provider: 'wasm', millisecondsPerStep: cpuTime }], reason: `WebAssembly: ${sentence(error)}` } };
  }
  const { session: gpu, milliseconds: gpuTime } = card;
  const [session, other] = gpuTime < cpuTime ? [gpu, cpu] : [cpu, gpu];
  await other.destroy();
  const times = [
    { provider: 'webgpu' as const, millisecondsPerStep: gpuTime },
    { provider: 'wasm' as const, millisecondsPerStep: cpuTime },
  ];
  const text = times.map(({ provider, millisecondsPerStep }) => `${NAMES[provider]} ${millisecondsPerStep.toFixed(1)} ms`).join(', ');
  return { session, choice: { provider: session.provider, measured: times, reason: `${NAMES[session.provider]} was faster: one step of ${rows} ${rows === 1 ? 'row' : 'rows'} took ${text}.` } };
}

interface Measured {
  readonly session: OrtRoutedSession;
  readonly milliseconds: number;
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const NAMES: Record<Provider, string> = { webgpu: 'WebGPU', wasm: 'WebAssembly' };
