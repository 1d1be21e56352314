import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WORLD } from '../agent/environment.ts';
import { readQuestions } from '../agent/retriever/questions.ts';
import { runRollouts } from '../agent/rollouts.ts';
import { MODELS } from '../core/leas/models.ts';
import { createRoutedSession } from '../inference/session.ts';
import { loadNodeRuntime } from '../inference/testing/node-runtime.ts';
import type { LeasEvent, LeasRollout } from './leas-events.ts';
import { runLeas } from './leas-run.ts';
import { LeasStore } from './leas-store.ts';
import { RunControl } from './run-control.ts';
import { LEAS_CONFIG, trainedSeed } from './testing/leas.ts';
import { memoryFolder } from './testing/seesaw.ts';
import { tinyBackbone } from './testing/tiny.ts';

const retriever = { description: 'one passage', search: () => Promise.resolve([{ id: '1', title: 'France', text: 'The capital of France is Paris.', score: 1 }]) };

async function run(samples: number, batch: number): Promise<readonly LeasRollout[]> {
  const backbone = await tinyBackbone();
  const events: LeasEvent[] = [];
  const { questions } = await readQuestions(new Blob([readFileSync('public/datasets/world/questions-b-heldout.jsonl')]));
  await runLeas(
    { ...LEAS_CONFIG, models: { kind: 'given', name: 'test', arms: await trainedSeed(1) }, sets: [{ ...LEAS_CONFIG.sets[1], maxQuestions: 2 }], samples, batch, environment: { ...WORLD, maxTurnTokens: 12 } },
    {
      openDevice: () => Promise.reject(new Error('There is no device.')),
      loadBackbone: () => Promise.resolve(backbone),
      loadQuestions: () => Promise.resolve({ name: 'World B', questions, problems: [] }),
      createRetriever: () => Promise.resolve({ retriever, gold: null, problems: [] }),
      train: () => Promise.reject(new Error('not asked for')),
      loadBundled: () => Promise.resolve([]),
      openSession: async ({ graph, config }, adapters) => ({
        session: await createRoutedSession({ graph: graph.blob, config, adapters, provider: 'wasm', loadRuntime: loadNodeRuntime }),
        report: { provider: 'wasm', measured: [], reason: 'It is the only one.' },
      }),
      openStore: () => Promise.resolve(new LeasStore(memoryFolder())),
      samples: () => null,
      generate: runRollouts,
    },
    new RunControl(),
    (event) => events.push(event),
  );
  expect(events.at(-1)).toMatchObject({ type: 'finished' });
  return events.flatMap((event) => (event.type === 'rollouts' ? event.rollouts : []));
}

const nameOf = ({ writer, question, sample }: LeasRollout): string => `${writer} ${question} ${sample}`;

describe('runLeas on the bundled backbone', () => {
  it('writes with every model; more samples and another batch leave those before as they are', async () => {
    const few = await run(1, 3);
    const more = await run(2, 24);
    expect(new Set(few.map(({ writer }) => writer))).toEqual(new Set(MODELS));
    expect([few.length, more.length]).toEqual([14, 28]);
    const byName = new Map(more.map((rollout) => [nameOf(rollout), rollout]));
    for (const rollout of few) expect(byName.get(nameOf(rollout))).toEqual(rollout);
    // Every writer draws numbers of its own.
    const texts = more.map(({ spans }) => spans.map(({ text }) => text).join(''));
    expect(new Set(texts).size).toBeGreaterThan(14);
    expect(more.every(({ spans }) => spans.length > 0 && spans.every(({ role }) => role > 0))).toBe(true);
  }, 180_000);
});
