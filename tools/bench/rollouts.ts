import { readFileSync } from 'node:fs';
import { runRollouts, type RolloutTask } from '../../src/agent/rollouts.ts';
import { WORLD } from '../../src/agent/environment.ts';
import { bm25Retriever, Bm25Index } from '../../src/agent/retriever/bm25.ts';
import { parseEnvironmentSettings } from '../../src/agent/retriever/bm25-settings.ts';
import { readCorpus } from '../../src/agent/retriever/corpus.ts';
import { readQuestions } from '../../src/agent/retriever/questions.ts';
import type { Retriever, Rollout, Writing } from '../../src/agent/types.ts';
import { initialAdapters } from '../../src/backbone/adapters.ts';
import { loadBackbone } from '../../src/backbone/load.ts';
import type { Provider } from '../../src/inference/types.ts';
import { createRoutedSession } from '../../src/inference/session.ts';
import { loadNodeRuntime } from '../../src/inference/testing/node-runtime.ts';
import { folderSource } from '../lib/folder-source.ts';

const MODEL = 'public/models/seesaw-tiny';
const WORLD_DATA = 'public/datasets/world';

export interface RolloutBench {
  readonly provider: Provider;
  readonly adapters: string;
  readonly batch: number;
  readonly rollouts: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** Milliseconds of one decode step (all runs, prompts and observations included, over the steps), by what it was spent on. */
  readonly perStep: { readonly inputs: number; readonly kernels: number; readonly sampling: number; readonly environment: number };
  readonly exactMatch: number;
}

async function world(): Promise<Retriever> {
  const settings = parseEnvironmentSettings(readFileSync(`${WORLD_DATA}/environment.json`, 'utf8'));
  const { passages } = await readCorpus(new Blob([readFileSync(`${WORLD_DATA}/corpus.jsonl`)]));
  return bm25Retriever(await Bm25Index.build(passages, settings), 'world');
}

/** Rollouts of the bundled backbone at batch 1, 8 and 64; onnxruntime-web in Node on one thread. */
export async function benchRollouts(gpu: { readonly device: GPUDevice; readonly instance: GPU } | null, report: (result: RolloutBench) => void): Promise<RolloutBench[]> {
  const source = folderSource(MODEL);
  const backbone = await loadBackbone(source);
  const graph = await source.open(backbone.model.path);
  const { questions } = await readQuestions(new Blob([readFileSync(`${WORLD_DATA}/questions-a-heldout.jsonl`)]));
  const retriever = await world();
  const two = initialAdapters(backbone.config, { count: 2, rank: 16, alpha: 32 }, () => () => 0.1);
  const results: RolloutBench[] = [];
  for (const provider of gpu ? (['wasm', 'webgpu'] as const) : (['wasm'] as const)) {
    for (const adapters of [null, two]) {
      const session = await createRoutedSession({
        graph,
        config: backbone.config,
        adapters,
        provider,
        ...(gpu && provider === 'webgpu' ? { device: gpu.device } : {}),
        loadRuntime: (wanted) => loadNodeRuntime(wanted, gpu?.instance),
      });
      const writing: Writing = { kind: 'routed', reasoning: 0, tool: adapters ? 1 : 0 };
      for (const batch of [1, 8, 64]) {
        // On WebGPU a run of a new length compiles pipelines: few rollouts there, and batch 64 is left out on software.
        const count = provider === 'webgpu' ? batch : Math.max(8, batch * 4);
        const tasks: RolloutTask[] = Array.from({ length: count }, (_, index) => ({ id: `${index}`, question: questions[(index * 7) % questions.length], sample: 0, writer: 0, stream: false }));
        const done: Rollout[] = [];
        const before = session.timings;
        const begun = performance.now();
        const timings = await runRollouts(tasks, {
          tokenizer: backbone.tokenizer!,
          environment: WORLD,
          retriever,
          sampling: { temperature: 1, topP: 1, topK: 0 },
          alternatives: 0,
          seed: 1,
          batch,
          writers: [{ session, writing }],
          onRollout: (rollout) => done.push(rollout),
          checkpoint: () => Promise.resolve(),
        });
        const seconds = (performance.now() - begun) / 1000;
        const after = session.timings;
        const steps = after.steps - before.steps;
        const result: RolloutBench = {
          provider,
          adapters: adapters ? 'two of rank 16' : 'none',
          batch,
          rollouts: done.length,
          tokens: timings.tokens,
          seconds,
          tokensPerSecond: timings.tokens / seconds,
          perStep: {
            inputs: (after.inputs - before.inputs) / steps,
            kernels: (after.kernels - before.kernels) / steps,
            sampling: timings.sampling / steps,
            environment: timings.environment / steps,
          },
          exactMatch: done.filter(({ reward }) => reward === 1).length / done.length,
        };
        results.push(result);
        report(result);
      }
      await session.destroy();
    }
  }
  return results;
}
