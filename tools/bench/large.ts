import { initialAdapters } from '../../src/backbone/adapters.ts';
import { loadBackbone } from '../../src/backbone/load.ts';
import { Random } from '../../src/core/random.ts';
import { createDecoder } from '../../src/engine/decoder.ts';
import { AdapterOptimiser } from '../../src/engine/optimiser.ts';
import type { EngineSequence } from '../../src/engine/types.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { folderSource } from '../lib/folder-source.ts';

/** Two routed adapters of rank 8, as an arm has them. */
const SPEC = { count: 2, rank: 8, alpha: 16 };

export interface LargePhase {
  readonly phase: string;
  readonly ms: number;
  /** By the dispatches' own estimates; 0 where nothing is computed. */
  readonly gflop: number;
  /** Bytes on the GPU after the phase, and at most so far. */
  readonly bytes: number;
  readonly peakBytes: number;
  /** The longest submit of the phase, ms. */
  readonly longestMs: number;
}

export function formatPhase({ phase, ms, gflop, bytes, peakBytes, longestMs }: LargePhase): string {
  const mega = (value: number): string => `${(value / 1e6).toFixed(0)} MB`;
  const work = gflop > 0 ? `${gflop.toFixed(1).padStart(8)} GFLOP ${(gflop / (ms / 1000)).toFixed(2).padStart(7)} GFLOP/s, longest submit ${longestMs.toFixed(0)} ms` : '';
  return `  ${phase.padEnd(34)} ${(ms / 1000).toFixed(2).padStart(8)} s  ${mega(bytes).padStart(8)}, peak ${mega(peakBytes)}${work}`;
}

/**
 * A model of the size that people use, once: loading by slices, compiling, a forward of `tokens` tokens, and a role-split
 * backward (two losses, each over half of the targets) over all layers, the second time with what the first has learnt.
 * @throws BackboneError for a folder without a model
 */
export async function benchLarge(gpu: GpuDevice, folder: string, tokens: number, tell: (phase: LargePhase) => void): Promise<LargePhase[]> {
  const phases: LargePhase[] = [];
  const { weights, config, parameters } = await timed('open the graph, hash the file', () => loadBackbone(folderSource(folder)), () => null);
  const adapters = initialAdapters(config, SPEC, (index) => {
    const random = new Random(1).stream(index);
    return () => random.normal();
  });
  const decoder = await timed('upload the weights, compile', () => createDecoder(gpu, weights, { adapters }), (made) => made);
  const { recorder } = decoder.context;
  const optimiser = new AdapterOptimiser(decoder, 2);
  const random = new Random(2);
  const sequence: EngineSequence = {
    tokens: Uint32Array.from({ length: tokens }, () => random.integer(config.vocabSize)),
    adapters: Uint8Array.from({ length: tokens }, (_, position) => Math.floor(position / 8) % SPEC.count),
  };
  const role = (adapter: number): Float32Array[] => [Float32Array.from(sequence.adapters, (own) => Number(own === adapter))];
  const backward = () => optimiser.add([sequence], [role(0), role(1)]);
  await timed(`forward, ${tokens} tokens`, () => decoder.logLikelihood([sequence]), () => decoder);
  await timed(`forward again, ${tokens} tokens`, () => decoder.logLikelihood([sequence]), () => decoder);
  const { losses } = await timed(`role-split backward, ${tokens} tokens`, backward, () => decoder);
  await timed('role-split backward again', backward, () => decoder);
  const gradients = await optimiser.gradients();
  const finite = gradients.every((gradient) => gradient.every(Number.isFinite) && gradient.some((value) => value !== 0));
  console.log(`  ${(parameters / 1e6).toFixed(0)} M parameters; losses ${[...losses].map((loss) => loss.toFixed(3)).join(', ')} nats; gradients ${finite ? 'finite and not 0' : 'NOT finite, or 0'}`);
  optimiser.destroy();
  decoder.destroy();
  return phases;

  async function timed<Result>(phase: string, work: () => Promise<Result>, decoderOf: (result: Result) => Awaited<ReturnType<typeof createDecoder>> | null): Promise<Result> {
    const known = phases.length > 1 ? recorder : null;
    const flops = known?.totalFlops ?? 0;
    if (known) known.longestMs = 0;
    const started = performance.now();
    const result = await work();
    const ms = performance.now() - started;
    const context = decoderOf(result)?.context;
    const one = { phase, ms, gflop: ((context?.recorder.totalFlops ?? 0) - flops) / 1e9, bytes: context?.memory.bytes ?? 0, peakBytes: context?.memory.peakBytes ?? 0, longestMs: known?.longestMs ?? 0 };
    phases.push(one);
    tell(one);
    return result;
  }
}
