// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import type { RolloutEvent } from '../../lab/rollout-events.ts';
import { fakeRollout, question } from '../../lab/testing/fake-rollouts.ts';
import { useSources } from '../sources-store.ts';
import { LabRollouts, type RolloutClient } from './lab-rollouts.ts';
import { IDLE_ROLLOUTS, useRolloutRun } from './run-store.ts';
import { DEFAULT_ROLLOUT_SETTINGS, setRolloutSettings, useRolloutSettings } from './settings-store.ts';

beforeEach(() => {
  useRolloutSettings.setState(DEFAULT_ROLLOUT_SETTINGS);
  useRolloutRun.setState(IDLE_ROLLOUTS);
});

function setup() {
  const calls: unknown[][] = [];
  let tell: (event: RolloutEvent) => void = () => undefined;
  const log = (name: string) => (...args: unknown[]) => void calls.push([name, ...args]);
  const client: RolloutClient = {
    startRollouts: log('start'),
    pause: log('pause'),
    resume: log('resume'),
    step: log('step'),
    cancel: log('cancel'),
    subscribeRollouts: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const session = new LabRollouts(client);
  return { session, calls, tell: (...events: RolloutEvent[]) => events.forEach((event) => tell(event)) };
}

const frame = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 320));
const one = fakeRollout({ id: 'a-0', question: question('a'), sample: 0, writer: 0 });
const ready: RolloutEvent = {
  type: 'ready', at: 1, backbone: { name: 'b', parameters: 1, quantisation: 'q', sha256: '' }, provider: { provider: 'wasm', measured: [], reason: 'r' },
  writers: [], retriever: 'r', questions: 1, rollouts: 2, streamed: [{ id: 'a-0', question: question('a'), sample: 0, writer: 0 }], problems: [], notes: ['n'],
};
const token = (position: number) => ({ rollout: 'a-0', position, token: 1, piece: 'x', role: 1, kind: 'think', adapter: 0, logprob: -1, alternatives: [] }) as const;

describe('LabRollouts', () => {
  it('asks one question with everything told, and runs it again with the same seed or a new one', () => {
    const { session, calls } = setup();
    setRolloutSettings({ samples: 3, seed: 5 });
    session.ask('Where?', ['Here']);
    expect(calls[0]).toMatchObject(['start', { seed: 5, stream: 3, maxQuestions: 0, questions: { kind: 'asked', question: 'Where?', goldenAnswers: ['Here'] } }, { name: 'seesaw-tiny' }]);
    expect(useRolloutRun.getState()).toMatchObject({ status: 'loading', kind: 'asked' });
    setRolloutSettings({ samples: 9 });
    session.reset();
    expect(calls[1]).toEqual(calls[0]);
    session.newSeed();
    expect(calls[2][1]).toMatchObject({ seed: useRolloutSettings.getState().seed, samples: 3, questions: { question: 'Where?' } });
    session.startBatch();
    expect(calls[3][1]).toMatchObject({ samples: 9, stream: 4 });
    session.step();
    expect(calls[4]).toEqual(['step', 'rollouts']);
  });

  it('keeps what grows outside the store, and tells it once a frame', async () => {
    const { session, tell } = setup();
    session.startBatch();
    tell(ready, { type: 'phase', at: 2, phase: 'generate', detail: 'x', fraction: null }, { type: 'tokens', at: 3, tokens: [token(0), token(1)] });
    expect(useRolloutRun.getState().status).toBe('loading');
    await frame();
    expect(useRolloutRun.getState()).toMatchObject({ status: 'running', phase: 'generate', ready: { rollouts: 2 } });
    const [view] = session.views();
    expect([view.tokens.length, view.finished]).toEqual([2, null]);
    const { revision } = useRolloutRun.getState();
    const before = useRolloutRun.getState().finished;
    tell({ type: 'rollout', at: 4, rollout: one }, { type: 'rollout', at: 4, rollout: { ...one, id: 'a-1', sample: 1 } }, { type: 'paused', at: 5 });
    await frame();
    expect(useRolloutRun.getState().revision).toBeGreaterThan(revision);
    expect(useRolloutRun.getState().finished).not.toBe(before);
    expect(useRolloutRun.getState()).toMatchObject({ status: 'paused', finished: [{ id: 'a-0' }, { id: 'a-1' }] });
    expect(session.views().map(({ id }) => id)).toEqual(['a-0', 'a-1']);
    expect(session.view('a-0')).toBe(view);
    expect(view.tokens.map(({ piece }) => piece).join('')).toBe(one.text);
    tell({ type: 'resumed', at: 6 }, { type: 'failed', at: 7, failure: { message: 'm', remedy: 'r' } });
    await frame();
    expect(useRolloutRun.getState()).toMatchObject({ status: 'failed', failure: { message: 'm' } });
    expect(useRolloutRun.getState().finished).toHaveLength(2);
  });

  it('writes finished rollouts as lines', async () => {
    const { session, tell } = setup();
    session.startBatch();
    tell({ type: 'rollout', at: 1, rollout: one });
    const lines = (await session.exportJsonLines().text()).split('\n');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0])).toMatchObject({ id: 'a-0', question: 'What is a?', tokens: [1, 2, 3, 4, 5], reward: 1 });
  });

  it('gives rollouts to the angle page, or says why not', () => {
    const { session, tell } = setup();
    expect(session.toAnglePage()).toMatchObject({ kind: 'refused', message: 'No rollout is finished yet.' });
    session.startBatch();
    tell({ type: 'rollout', at: 1, rollout: { ...one, roles: Uint8Array.of(0, 1, 1, 3, 1) } });
    expect(session.toAnglePage()).toMatchObject({ kind: 'refused', message: expect.stringMatching(/no tool tokens/) as string });
    tell({ type: 'rollout', at: 2, rollout: { ...one, id: 'a-1' } });
    expect(session.toAnglePage()).toMatchObject({ kind: 'opened' });
    expect(useSources.getState().data).toMatchObject({ kind: 'blob', name: 'rollouts (seed 1)' });
    expect(window.location.hash).toMatch(/^#\/angles/);
  });
});
