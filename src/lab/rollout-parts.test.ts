import { describe, expect, it } from 'vitest';
import { parityForwards } from './rollout-parity.ts';
import { resolveWriting, rolloutTasks } from './rollout-tasks.ts';
import { fakeRollout, question, ROLLOUT_CONFIG } from './testing/fake-rollouts.ts';
import { TokenOutbox } from './token-outbox.ts';

describe('rolloutTasks', () => {
  const questions = Array.from({ length: 20 }, (_, index) => question(`q${index}`));

  it('draws questions by the seed alone', () => {
    const drawn = (over: object): string[] => [...new Set(rolloutTasks(questions, { ...ROLLOUT_CONFIG, inOrder: false, maxQuestions: 5, ...over }).map((task) => task.question.id))];
    expect(drawn({})).toEqual(drawn({ samples: 7, stream: 0 }));
    expect(drawn({})).not.toEqual(drawn({ seed: 2 }));
    expect(drawn({ inOrder: true })).toEqual(['q0', 'q1', 'q2', 'q3', 'q4']);
  });

  it('names each rollout once, and streams the first ones', () => {
    const tasks = rolloutTasks(questions, { ...ROLLOUT_CONFIG, samples: 3, stream: 4, writers: [1, 2] });
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(20 * 3 * 2);
    expect(tasks.filter(({ stream }) => stream).map(({ id }) => id)).toEqual(['q0-0-0', 'q0-0-1', 'q0-1-0', 'q0-1-1']);
  });
});

describe('resolveWriting', () => {
  const [writer] = ROLLOUT_CONFIG.writers;

  it('gives the base the session’s own number', () => {
    expect(resolveWriting(writer, 2)).toEqual({ kind: 'routed', reasoning: 2, tool: 2 });
    expect(resolveWriting({ ...writer, writing: { kind: 'agents', reasoning: 'base', tool: 1 } }, 2)).toEqual({ kind: 'agents', reasoning: 2, tool: 1, keepCaches: true });
    expect(() => resolveWriting({ ...writer, writing: { kind: 'agents', reasoning: 1, tool: 0 } }, 1)).toThrow(/uses adapter 2, and there is one/);
    expect(resolveWriting({ ...writer, writing: { kind: 'routed', reasoning: 0, tool: 1, answer: 2 } }, 3)).toEqual({ kind: 'routed', reasoning: 0, tool: 1, answer: 2 });
  });
});

describe('parityForwards', () => {
  const rollout = fakeRollout({ id: 'a-0', question: question('a'), sample: 0, writer: 0 });

  it('checks sampled tokens only, in one forward where there is one cache', () => {
    expect(parityForwards(rollout, 'routed')).toMatchObject([{ targets: [1, 2, 4], sequence: { adapters: rollout.adapters } }]);
  });

  it('reads the whole context with each agent’s own adapter', () => {
    expect(parityForwards(rollout, 'agents').map(({ targets, sequence }) => [targets, [...sequence.adapters]])).toEqual([
      [[1, 4], [0, 0, 0, 0, 0]],
      [[2], [1, 1, 1, 1, 1]],
    ]);
  });
});

describe('TokenOutbox', () => {
  it('sends handfuls, in order', () => {
    const sent: number[][] = [];
    const outbox = new TokenOutbox((tokens) => sent.push(tokens.map(({ position }) => position)));
    const token = (position: number) => ({ rollout: 'a', position, token: 1, piece: '', role: 1, kind: 'think', adapter: 0, logprob: 0, alternatives: [] }) as const;
    outbox.add(token(0), 0);
    for (let at = 1; at < 5; at++) outbox.add(token(at), at * 10);
    outbox.flush(45);
    outbox.flush(46);
    expect(sent).toEqual([[0], [1, 2, 3], [4]]);
  });
});
