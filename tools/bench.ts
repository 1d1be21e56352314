import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { testAdapter } from '../src/gpu/testing/device.ts';
import { formatTiming } from './bench/harness.ts';
import { benchKernels, type KernelResult } from './bench/kernels.ts';
import { benchMatmul } from './bench/matmul.ts';
import { benchModel, type ModelBench } from './bench/model.ts';
import { benchRollouts, type RolloutBench } from './bench/rollouts.ts';
import { endurance, ENDURANCE_STEPS } from './bench/endurance.ts';
import { benchLarge, formatPhase } from './bench/large.ts';
import { benchTiles, type TileResult } from './bench/tiles.ts';
import { benchTraining, formatTraining } from './bench/training.ts';

const HELP = `npm run bench [-- FILTER…] [--out FILE] [--questions N] [--samples N] [--rounds N] [--steps N]
Measures on the adapter that is there (SEESAW_ADAPTER=system: the machine's own driver). FILTER: matmul64, matmul256, kernels, tiles, model,
rollouts (wasm), rollouts-webgpu, training, and by their names only endurance and large.
training: a GRPO step of one adapter and of two of half its rank, in turn (--rounds 9 of --questions 4 × --samples 4).
endurance: memory of the page over --steps ${ENDURANCE_STEPS} of training (--questions 2 × --samples 4); ends with 1 where it grows.
large: the model of --folder DIR by phases, with a forward and a role-split backward of --tokens 32.
The figures are printed and written as JSON (default out/bench.json).`;

/** They take minutes, a browser or a model: they run only where they are named. */
const NAMED_ONLY: readonly string[] = ['endurance', 'large'];

function count(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2) throw new Error(`Sizes are whole numbers from 2 on, not "${text}".`);
  return value;
}

const OPTIONS = {
  out: { type: 'string', default: 'out/bench.json' },
  help: { type: 'boolean', default: false },
  questions: { type: 'string' },
  samples: { type: 'string' },
  rounds: { type: 'string' },
  steps: { type: 'string' },
  folder: { type: 'string' },
  tokens: { type: 'string' },
} as const;

/** The command behind \`npm run bench\`. */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const sizes = { questions: count(values.questions, 4), samples: count(values.samples, 4), rounds: count(values.rounds, 9) };
  const long = { questions: count(values.questions, 2), samples: count(values.samples, 4), steps: count(values.steps, ENDURANCE_STEPS) };
  const grown: string[] = [];
  const { gpu, instance } = await testAdapter();
  const sections = {
    matmul64: () => benchMatmul(gpu, instance, 64, printMatmul),
    matmul256: () => benchMatmul(gpu, instance, 256, printMatmul),
    kernels: async () => (await benchKernels(gpu, 128)).map(printKernels),
    tiles: () => benchTiles(gpu, printTile),
    model: async () => printModel(await benchModel(gpu)),
    rollouts: () => benchRollouts(null, printRollouts),
    'rollouts-webgpu': () => benchRollouts({ device: gpu.device, instance }, printRollouts),
    training: async () => {
      const result = await benchTraining(gpu, sizes);
      console.log(formatTraining(result));
      return result;
    },
    endurance: async () => {
      const result = await endurance(long, (line) => console.log(line));
      if (result.grows) grown.push('endurance');
      return result;
    },
    large: () => {
      if (values.folder === undefined) throw new Error('large needs --folder DIR, a model in the Hugging Face layout (npm run bench -- large --folder DIR).');
      return benchLarge(gpu, values.folder, count(values.tokens, 32), (phase) => console.log(formatPhase(phase)));
    },
  };
  const names = Object.keys(sections) as (keyof typeof sections)[];
  const chosen = names.filter((name) => (positionals.length === 0 && !NAMED_ONLY.includes(name)) || positionals.some((word) => name === word || (name.includes(word) && word !== 'rollouts')));
  const results: Record<string, unknown> = { device: gpu.description, node: process.version };
  console.log(`${gpu.description.vendor} ${gpu.description.architecture} (${gpu.description.software ? 'software' : 'GPU'})`);
  for (const name of chosen) {
    console.log(`\n${name}`);
    results[name] = await sections[name]();
  }
  mkdirSync(new URL('.', `file://${process.cwd()}/${values.out}`).pathname, { recursive: true });
  writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nwritten to ${values.out}`);
  return grown.length > 0 ? 1 : 0;
}

function printMatmul({ shape, tokens, timings, difference }: { shape: string; tokens: number; timings: readonly Parameters<typeof formatTiming>[0][]; difference: number }): void {
  console.log(` ${shape}, ${tokens} tokens (difference ${difference.toExponential(1)})`);
  for (const timing of timings) console.log(formatTiming(timing));
  const [forward, backward, theirs] = timings;
  console.log(`  forward ${(theirs.medianMs / forward.medianMs).toFixed(2)} × onnxruntime-web; dX takes ${(backward.medianMs / forward.medianMs).toFixed(2)} × forward`);
}

function printModel(result: ModelBench): ModelBench {
  for (const timing of result.timings) console.log(formatTiming(timing));
  console.log(`  compile ${(result.compileMs / 1000).toFixed(1)} s; peak ${(result.peakGpuBytes / 2 ** 20).toFixed(1)} MiB; routed / single step ${result.routedOverSingle.toFixed(3)}`);
  for (const [run, kernels] of Object.entries(result.profiles)) {
    console.log(`  ${run} by kernel`);
    for (const { kernel, calls, ms, gflops } of kernels) console.log(`    ${kernel.padEnd(20)} ${String(calls).padStart(4)} calls ${ms.toFixed(1).padStart(8)} ms ${gflops.toFixed(2).padStart(6)} GFLOP/s`);
  }
  return result;
}

function printRollouts({ provider, adapters, batch, rollouts, tokensPerSecond, perStep, exactMatch }: RolloutBench): void {
  const split = Object.entries(perStep).map(([part, ms]) => `${part} ${ms.toFixed(2)}`).join(', ');
  console.log(`  ${provider}, adapters ${adapters}, batch ${batch}: ${tokensPerSecond.toFixed(0)} tokens/s; a step ${split} ms; ${rollouts} rollouts, exact match ${(100 * exactMatch).toFixed(1)} %`);
}

function printTile({ tile: { rows, columns, wgX, wgY, subgroups }, compileMs, timings }: TileResult): void {
  const rates = timings.map(({ name, rate }) => `${name} ${rate!.toFixed(2)}`).join('  ');
  console.log(`  ${rows} × ${columns}, workgroup ${wgX} × ${wgY}${subgroups ? ', subgroups' : ''}: ${rates} GFLOP/s; compiled in ${(compileMs / 1000).toFixed(1)} s`);
}

function printKernels(result: KernelResult): KernelResult {
  console.log(` ${result.model}, ${result.tokens} tokens`);
  for (const timing of result.timings) console.log(formatTiming(timing));
  return result;
}
