import { describe, expect, it } from 'vitest';
import type { runRollouts } from '../agent/rollouts.ts';
import type { Question } from '../agent/types.ts';
import { DEFAULT_TRAINING } from '../training/settings.ts';
import { DeviceLostError } from './failure.ts';
import type { LeasRunConfig } from './leas-events.ts';
import type { LeasParts } from './leas-parts.ts';
import type { SeesawEvent, SeesawRunConfig } from './seesaw-events.ts';
import { fakeRollout, question } from './testing/fake-rollouts.ts';
import { LEAS_CONFIG, trainedArm, trainedSeed } from './testing/leas.ts';
import { all, namesOf, place, runTinyLeas, told, type DoneLeas, type LeasSetup } from './testing/run-leas.ts';
import { memoryFolder } from './testing/seesaw.ts';

describe('runLeas', () => {
  it('rolls every question out with the seven models, Base once, sets by turns, seeds outermost', async () => {
    const { events, chunks, parameters, sessions } = await runTinyLeas({ arms: [...(await trainedSeed(1)), ...(await trainedSeed(2))] });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
    expect(events.every((event, index) => index === 0 || event.at >= events[index - 1].at)).toBe(true);
    expect([...new Set(all(events, 'phase').map(({ phase }) => phase))]).toEqual(['load', 'corpus', 'session', 'generate', 'finished']);
    const rollouts = told(events);
    // 2 sets of 3 questions, 2 samples: 7 writers with the first seed, 6 with the second.
    expect(rollouts).toHaveLength(2 * 3 * 2 * 13);
    expect(new Set(rollouts.map(place)).size).toBe(rollouts.length);
    expect(rollouts.filter(({ writer }) => writer === 'base').every(({ seed }) => seed === null)).toBe(true);
    expect(chunks.map((chunk) => chunk[0].task.question.id.slice(0, 7))).toEqual(['world-a', 'world-b', 'world-a', 'world-b']);
    // One session, whose adapters are changed once.
    expect([sessions.length, parameters]).toEqual([1, 1]);
    const [ready] = all(events, 'ready');
    expect(ready).toMatchObject({ rollouts: 156, kept: 0, sets: [{ label: 'A', name: 'world-a-heldout' }, { label: 'B' }], seeds: [{ seed: 1, arms: [{ arm: 'joint' }, { arm: 'reasoning-only' }, { arm: 'tool-only' }] }, { seed: 2 }] });
    expect(all(events, 'progress').at(-1)).toMatchObject({ done: 156, total: 156, secondsLeft: 0 });
    expect(all(events, 'progress').some(({ detail }) => detail === 'B, seed 2, 3 of 3 questions')).toBe(true);
    expect(rollouts[0]).toMatchObject({ reward: 1, answer: rollouts[0].set === 0 ? ready.sets[0].questions[rollouts[0].question].id : '', spans: [{ role: 1, kind: 'think', text: 'a' }, { role: 2, kind: 'tool', text: 'b' }, { role: 3, kind: 'observation', text: 'o' }, { role: 1, kind: 'answer', text: 'c' }] });
  });

  it('writes with the adapters of the models: hybrids and two agents as two complete writers', async () => {
    const { chunks, sessions } = await runTinyLeas({ arms: await trainedSeed(1, true), config: { comparisonSamples: 3, sets: [LEAS_CONFIG.sets[0]] } });
    const written = new Map(chunks.flat().map(({ task, writing, session, retriever }) => [namesOf(task).slice(2, 4).join(' '), { writing, session: sessions.indexOf(session), retriever }]));
    const routed = (reasoning: number, tool: number) => ({ kind: 'routed', reasoning, tool });
    const agents = (reasoning: number, tool: number) => ({ kind: 'agents', reasoning, tool, keepCaches: true });
    expect(Object.fromEntries([...written].filter(([name]) => name.endsWith('search')).map(([name, { writing }]) => [name.split(' ')[0], writing]))).toEqual({
      base: routed(3, 3), m_reas: routed(0, 0), m_tool: routed(1, 1), m_uni: routed(2, 2), h_tool: agents(3, 1), h_reas: agents(0, 3), h_both: agents(0, 1),
      dart: routed(0, 1), dart_reasoning: routed(0, 4), dart_tool: routed(4, 1), two_agents: agents(2, 3),
    });
    expect([...written].map(([name, { session }]) => `${name} ${session}`)).toContain('two_agents fixed 1');
    expect([...written].every(([name, { retriever }]) => retriever === (name.endsWith('fixed') ? 'Gold' : 'BM25'))).toBe(true);
    // The larger count for the seven models with search.
    expect(chunks.flat()).toHaveLength(3 * 3 * (11 + 5));
  });

  it('gives every rollout random numbers of its own, whatever else is rolled out', async () => {
    const drawn = ({ chunks }: DoneLeas): Map<string, string> => new Map(chunks.flat().map(({ task }) => [`${task.question.id} ${task.draws}`, task.question.id]));
    const arms = [...(await trainedSeed(1, true)), ...(await trainedSeed(2, true))];
    const small = drawn(await runTinyLeas({ arms: await trainedSeed(1) }));
    const large = await runTinyLeas({ arms, config: { samples: 5, comparisonSamples: 4, sets: [{ ...LEAS_CONFIG.sets[1], maxQuestions: 5 }, { ...LEAS_CONFIG.sets[0], maxQuestions: 4 }] } });
    const count = large.chunks.flat().length;
    expect(drawn(large).size).toBe(count);
    for (const name of small.keys()) expect(drawn(large).has(name)).toBe(true);
  });

  it('adds samples while running and takes none away', async () => {
    let wanted: number | null = null;
    const { events } = await runTinyLeas({
      config: { sets: [LEAS_CONFIG.sets[0]] },
      parts: { samples: () => wanted },
      onAsked: ({ task }) => {
        if (task.id === '20') wanted = 4;
      },
      onEvent: (event) => {
        if (event.type === 'samples') wanted = 1;
      },
    });
    expect(all(events, 'samples')).toMatchObject([{ samples: 4 }]);
    expect(told(events)).toHaveLength(3 * 7 * 4);
    expect(new Set(told(events).map(place)).size).toBe(3 * 7 * 4);
    expect(all(events, 'progress').map(({ total }) => total)).toContain(42);
    expect(all(events, 'progress').at(-1)).toMatchObject({ done: 84, total: 84 });
  });

  it('takes what was kept, and writes only what is missing; other adapters share nothing', async () => {
    const folder = memoryFolder();
    const config = { sets: [{ ...LEAS_CONFIG.sets[0], maxQuestions: 2 }] };
    const first = await runTinyLeas({ folder, config: { ...config, samples: 4 } });
    const again = await runTinyLeas({ folder, config });
    expect(again.chunks).toHaveLength(0);
    expect(all(again.events, 'ready')).toMatchObject([{ rollouts: 28, kept: 28, fingerprint: all(first.events, 'ready')[0].fingerprint }]);
    expect(told(again.events)).toHaveLength(28);
    const more = await runTinyLeas({ folder, config: { sets: LEAS_CONFIG.sets, samples: 5 } });
    expect(all(more.events, 'ready')).toMatchObject([{ rollouts: 6 * 7 * 5, kept: 2 * 7 * 4 }]);
    expect(more.chunks.flat()).toHaveLength(6 * 7 * 5 - 2 * 7 * 4);
    const byPlace = new Map(told(first.events).map((rollout) => [place(rollout), rollout]));
    expect(told(more.events).filter((rollout) => byPlace.has(place(rollout))).map((rollout) => byPlace.get(place(rollout)))).toEqual(told(more.events).filter((rollout) => byPlace.has(place(rollout))));
    // Base is the same beside other adapters, and so is what needs no arm that has changed.
    const rest = (await trainedSeed(1)).slice(1);
    const other = await runTinyLeas({ folder, config, arms: [{ ...(await trainedArm('joint', 7)), seed: 1 }, ...rest] });
    expect(new Set(other.chunks.flat().map(({ task }) => namesOf(task)[2]))).toEqual(new Set(['m_uni']));
    const hot = await runTinyLeas({ folder, config: { ...config, temperature: 0.7 } });
    expect(all(hot.events, 'ready')).toMatchObject([{ kept: 0 }]);
  });

  it('takes kept samples beyond those asked for when more are asked for', async () => {
    const folder = memoryFolder();
    const config = { sets: [{ ...LEAS_CONFIG.sets[0], maxQuestions: 1 }] };
    await runTinyLeas({ folder, config: { ...config, samples: 4 } });
    let wanted: number | null = null;
    const { events, chunks } = await runTinyLeas({ folder, config, parts: { samples: () => wanted }, onEvent: (event) => event.type === 'ready' && (wanted = 4) });
    expect(chunks).toHaveLength(0);
    expect(told(events)).toHaveLength(28);
  });

  it('goes on without storage, and says so; with storage full as well', async () => {
    const refused = await runTinyLeas({ parts: { openStore: () => Promise.reject(new Error('private window')) } });
    expect(all(refused.events, 'ready')[0].notes.join(' ')).toMatch(/not kept.*private window/);
    expect(told(refused.events)).toHaveLength(84);
    const folder = memoryFolder(() => 1000);
    const full = await runTinyLeas({ folder });
    expect(all(full.events, 'store-failed')[0].failure).toMatchObject({ message: expect.stringMatching(/do not fit/) as string });
    expect([full.events.at(-1)?.type, folder.files.size]).toEqual(['finished', 0]);
  });

  it('keeps what is finished when it is cancelled, and pauses between', async () => {
    const folder = memoryFolder();
    const { events } = await runTinyLeas({ folder, onAsked: ({ task }, control) => task.id === '10' && control.cancel() });
    expect(events.at(-1)?.type).toBe('cancelled');
    expect(told(events)).toHaveLength(11);
    let pauses = 0;
    const again = await runTinyLeas({
      folder,
      onAsked: (_, control) => pauses++ === 3 && control.pause(),
      onEvent: (event, control) => event.type === 'paused' && setTimeout(() => control.resume(), 0),
    });
    expect(all(again.events, 'ready')[0].kept).toBe(11);
    expect([all(again.events, 'paused').length, all(again.events, 'resumed').length]).toEqual([1, 1]);
    expect(told(again.events)).toHaveLength(84);
  });

  it.each(['wasm', 'webgpu'] as const)('goes on when the device is lost; %s', async (provider) => {
    const losing: ((error: Error) => void)[] = [];
    const { events, sessions } = await runTinyLeas({
      provider,
      fault: () => new Promise<Error>((resolve) => losing.push(resolve)),
      onAsked: ({ task }) => task.id === '5' && losing.length === 1 && losing[0](new DeviceLostError('gone')),
    });
    expect(events.at(-1)?.type).toBe('finished');
    expect(new Set(told(events).map(place)).size).toBe(84);
    expect(told(events)).toHaveLength(84);
    expect(sessions).toHaveLength(provider === 'webgpu' ? 2 : 1);
    expect(all(events, 'phase').some(({ detail }) => detail.includes(provider === 'webgpu' ? 'made anew' : 'goes on without it'))).toBe(true);
  });

  it('leaves out what an arm is missing for, and questions without golden answers', async () => {
    const arms = (await trainedSeed(1)).filter(({ arm }) => arm !== 'tool-only');
    const { events } = await runTinyLeas({
      arms: [...arms, await trainedArm('tool-only', 2)],
      config: { sets: [{ ...LEAS_CONFIG.sets[0], maxQuestions: 0 }], comparisonSamples: 2 },
      parts: { loadQuestions: () => Promise.resolve({ name: 'own', questions: [question('a'), { ...question('b'), goldenAnswers: [] }], problems: [{ line: 9, reason: 'no question' }] }) },
    });
    const [ready] = all(events, 'ready');
    expect(ready.problems).toMatchObject([{ line: 9 }, { line: 2, reason: expect.stringContaining('no golden answers') as string }]);
    expect(ready.notes.join(' ')).toMatch(/seed 2 has no joint arm.*seed 1 has no tool-only arm.*There is no dart arm/);
    expect(new Set(told(events).map(({ writer, seed, retrieval }) => `${writer} ${seed} ${retrieval}`))).toEqual(
      new Set(['base null search', 'm_reas 1 search', 'm_uni 1 search', 'h_reas 1 search', 'm_tool 2 search', 'h_tool 2 search', 'base null fixed', 'm_reas 1 fixed', 'm_uni 1 fixed']),
    );
  });

  it('refuses what cannot be with a sentence and a way out', async () => {
    const failureOf = async (setup: LeasSetup) => (await runTinyLeas(setup)).events.at(-1);
    expect(await failureOf({ arms: [] })).toMatchObject({ type: 'failed', failure: { message: 'No trained models are given.', remedy: expect.stringContaining('PEFT') as string } });
    expect(await failureOf({ config: { models: { kind: 'bundled' } } })).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/come with the page/) as string } });
    const [joint] = await trainedSeed(1);
    const broken = { ...joint, files: joint.files.map(({ path, blob }) => ({ path, blob: path.endsWith('.json') ? new Blob(['{}']) : blob })) };
    expect(await failureOf({ arms: [broken] })).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/"test" do not fit the backbone .*joint of training seed 1/) as string, remedy: expect.stringMatching(/trained on this backbone/) as string } });
    expect(await failureOf({ config: { sets: [] } })).toMatchObject({ type: 'failed', failure: { message: 'There are no questions.' } });
    const silent: typeof runRollouts = (tasks, options) => {
      options.onRollout(fakeRollout(tasks[0], { finish: 'retriever-failed', searches: [{ query: 'q', passages: [], start: 0, end: 0, milliseconds: 1, failure: 'It is away.' }] }));
      return Promise.resolve({ sampling: 0, environment: 0, tokens: 0 });
    };
    expect(await failureOf({ parts: { generate: silent } })).toMatchObject({ type: 'failed', failure: { message: 'A search was not answered: It is away.' } });
  });

  it('goes on past a question that cannot be asked', async () => {
    const generate: typeof runRollouts = (tasks, options) => {
      const [{ question: first }] = tasks;
      const long = (asked: Question): boolean => asked.id === first.id;
      for (const task of tasks) if (long(task.question)) options.onProblem?.(task, `The prompt of question ${task.question.id} is too long.`);
      else options.onRollout(fakeRollout(task));
      return Promise.resolve({ sampling: 0, environment: 0, tokens: 1 });
    };
    const { events } = await runTinyLeas({ config: { sets: [LEAS_CONFIG.sets[0]] }, parts: { generate } });
    expect(all(events, 'phase').filter(({ detail }) => detail.includes('too long'))).toHaveLength(1);
    expect(all(events, 'progress').at(-1)).toMatchObject({ done: 28, total: 28 });
  });

  it('trains first where it is asked to, and takes the adapters of the end of each run', async () => {
    const models: LeasRunConfig['models'] = { kind: 'train', seeds: [1], totalRank: 4, training: { ...DEFAULT_TRAINING, steps: 2 }, trainSets: [{ kind: 'bundled', name: 'world-a-train' }] };
    const arms = await trainedSeed(1);
    const asked: SeesawRunConfig[] = [];
    const trained = (last: SeesawEvent): LeasParts['train'] => (training, goOn, _, emit) => {
      asked.push(training);
      expect(goOn).toBe(true);
      for (const { arm, seed, files } of arms) {
        emit({ type: 'adapters', at: 1, run: { arm, seed }, step: 1, files: [] });
        emit({ type: 'adapters', at: 2, run: { arm, seed }, step: 2, files });
      }
      emit(last);
      return Promise.resolve();
    };
    const { events } = await runTinyLeas({ config: { models }, parts: { train: trained({ type: 'finished', at: 3, seconds: 1, peakGpuBytes: 1 }) } });
    expect(asked[0].arms.map(({ id, rank }) => `${id} ${rank}`)).toEqual(['joint 4', 'reasoning-only 4', 'tool-only 4']);
    expect(all(events, 'training')).toHaveLength(7);
    expect(all(events, 'phase').some(({ phase }) => phase === 'train')).toBe(true);
    expect(told(events)).toHaveLength(84);
    const failed = await runTinyLeas({ config: { models }, parts: { train: trained({ type: 'failed', at: 3, failure: { message: 'No device.', remedy: 'Another browser.' } }) } });
    expect(failed.events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'No device.', remedy: 'Another browser.' } });
  });
});
