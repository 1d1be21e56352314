import { readFileSync } from 'node:fs';
import { loadBackbone } from '../../src/backbone/load.ts';
import { Random } from '../../src/core/random.ts';
import { parseTrajectories } from '../../src/core/trajectory/formats.ts';
import { SEARCH_R1_TAGS } from '../../src/core/trajectory/tags.ts';
import { encodeTrajectories } from '../../src/lab/encode.ts';
import { initialAdapters } from '../../src/backbone/adapters.ts';
import { createDecoder, type Decoder } from '../../src/engine/decoder.ts';
import { AdapterOptimiser } from '../../src/engine/optimiser.ts';
import type { EngineSequence, TokenRange } from '../../src/engine/types.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { Profiler } from '../../src/gpu/profiler.ts';
import { folderSource } from '../lib/folder-source.ts';
import { ceiling } from './ceiling.ts';
import { compete, noise, type Timing } from './harness.ts';

const BUNDLED = 'public/models/seesaw-tiny';
const ROLLOUTS = 'public/datasets/world/rollouts.jsonl';

/** Sequences of a training-style step: 8 × 128 tokens, every token in the loss. */
const STEP_SEQUENCES = 8;
const STEP_TOKENS = 128;

export interface ModelBench {
  readonly timings: readonly Timing[];
  readonly compileMs: number;
  readonly peakGpuBytes: number;
  /** Routed two-adapter step over one-adapter step of the same total rank, by medians. */
  readonly routedOverSingle: number;
  /** By kernel, each dispatch timed apart; empty without timestamp queries. */
  readonly profiles: Readonly<Record<'training step' | 'span Gram', readonly KernelProfile[]>>;
}

interface KernelProfile {
  readonly kernel: string;
  readonly calls: number;
  readonly ms: number;
  readonly gflops: number;
}

/** Four bundled rollouts with their spans, as an angle run takes them. */
async function bundledRollouts(): Promise<{ real: EngineSequence[]; spans: TokenRange[][] }> {
  const { tokenizer, config } = await loadBackbone(folderSource(BUNDLED));
  const { trajectories } = parseTrajectories(readFileSync(ROLLOUTS, 'utf8').split('\n').slice(0, 4).join('\n'));
  const options = { tags: SEARCH_R1_TAGS, routing: 'paper' as const, maxTokens: config.maxPositions, vocabSize: config.vocabSize };
  const { encoded } = encodeTrajectories(trajectories, tokenizer!, options);
  return {
    real: encoded.map(({ tokens, adapters }) => ({ tokens, adapters })),
    spans: encoded.map((one) => one.spans.filter(({ role, end }) => (role === 'reasoning' || role === 'tool') && end > 1).map(({ start, end }) => ({ start: Math.max(1, start), end }))),
  };
}

async function decoderWith(gpu: GpuDevice, adapters: { count: number; rank: number } | null): Promise<{ decoder: Decoder; compileMs: number }> {
  const { weights, config } = await loadBackbone(folderSource(BUNDLED));
  const started = performance.now();
  const decoder = await createDecoder(gpu, weights, adapters ? { adapters: initialAdapters(config, { ...adapters, alpha: 16 }, (index) => { const stream = new Random(1).stream(index); return () => stream.normal(); }) } : {});
  return { decoder, compileMs: performance.now() - started };
}

function randomSequences(vocabulary: number, adapters: number): EngineSequence[] {
  return Array.from({ length: STEP_SEQUENCES }, (_, index) => ({
    tokens: Uint32Array.from(noise(STEP_TOKENS, index + 1), (value) => Math.floor((value + 0.5) * vocabulary)),
    adapters: Uint8Array.from({ length: STEP_TOKENS }, (__, position) => Math.floor(position / 16) % adapters),
  }));
}

/** One optimiser step: forward, backward, AdamW, as training does it; the gradients never leave the GPU. */
function trainingStep(decoder: Decoder, sequences: readonly EngineSequence[]): () => Promise<void> {
  const optimiser = new AdapterOptimiser(decoder, 1);
  const { count } = decoder.context.adapters!.layout.spec;
  const ones = [new Array<number>(count).fill(1)];
  const rates = new Array<number>(count).fill(1e-3);
  const weights = [sequences.map(({ tokens }) => new Float32Array(tokens.length).fill(1 / (STEP_SEQUENCES * STEP_TOKENS)))];
  return async () => {
    await optimiser.add(sequences, weights);
    await optimiser.apply(ones, rates, { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0 }, 1);
  };
}

/** The bundled model: log-likelihood, a role-split backward, a span Gram, and training steps. */
export async function benchModel(gpu: GpuDevice): Promise<ModelBench> {
  const { decoder, compileMs } = await decoderWith(gpu, null);
  const single = await decoderWith(gpu, { count: 1, rank: 16 });
  const routed = await decoderWith(gpu, { count: 2, rank: 8 });
  const { vocabSize } = decoder.context.config;
  const { real, spans } = await bundledRollouts();
  const realTokens = real.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const gram = async (): Promise<void> => {
    const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: spans.flat().length });
    await group.add(real, spans);
    group.close();
  };
  const stepTokens = STEP_SEQUENCES * STEP_TOKENS;
  const oneAdapter = trainingStep(single.decoder, randomSequences(vocabSize, 1));
  const twoAdapters = trainingStep(routed.decoder, randomSequences(vocabSize, 2));
  const forward = async (): Promise<void> => {
    await decoder.logLikelihood(randomSequences(vocabSize, 1));
  };
  const timings = await compete(
    [
      { name: `forward, ${stepTokens} tokens`, work: stepTokens, unit: 'tokens/s', run: forward },
      { name: `span Gram, ${real.length} rollouts, ${realTokens} tokens, ${spans.flat().length} spans`, work: realTokens, unit: 'tokens/s', run: gram },
      { name: 'training step, one adapter of rank 16', work: stepTokens, unit: 'tokens/s', run: oneAdapter },
      { name: 'training step, two routed adapters of rank 8', work: stepTokens, unit: 'tokens/s', run: twoAdapters },
      await ceiling(gpu),
    ],
    { runs: 9, seconds: 60 },
  );
  const [, , one, two] = timings;
  const profiles = { 'training step': await profileRun(gpu, routed.decoder, twoAdapters), 'span Gram': await profileRun(gpu, decoder, gram) };
  return { timings, compileMs, peakGpuBytes: routed.decoder.memory.peakBytes, routedOverSingle: two.medianMs / one.medianMs, profiles };
}

async function profileRun(gpu: GpuDevice, { context: { recorder } }: Decoder, step: () => Promise<void>): Promise<KernelProfile[]> {
  if (!gpu.capabilities.timestamps) return [];
  const profiler = new Profiler(gpu.device);
  recorder.profiler = profiler;
  await step();
  await profiler.finish();
  recorder.profiler = null;
  return [...profiler.times].map(([kernel, { calls, ms, flops }]) => ({ kernel, calls, ms, gflops: flops / ms / 1e6 })).sort((a, b) => b.ms - a.ms);
}
