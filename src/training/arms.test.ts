import { describe, expect, it } from 'vitest';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import { abilitiesOf, NONE } from './abilities.ts';
import { armProblem, standardArms, writingOf, type Arm } from './arms.ts';

const ARMS = new Map(standardArms(16).map((arm) => [arm.id, arm]));
const armNamed = (id: string): Arm => ARMS.get(id)!;
const own: Arm = { ...armNamed('dart'), id: 'three', abilities: ['think', 'tool', 'answer'], adapters: 3, rank: 4, adapterOf: [0, 1, 2], mask: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] };

describe('the standard arms', () => {
  it('can all be trained, have the same number of parameters, and ids of their own', () => {
    for (const arm of ARMS.values()) {
      expect(armProblem(arm)).toBeNull();
      expect(arm.adapters * arm.rank).toBe(16);
      expect(arm.mask).toHaveLength(arm.abilities.length);
    }
    expect(ARMS.size).toBe(10);
  });

  it('write as they are trained', () => {
    expect(writingOf(armNamed('joint'))).toEqual({ kind: 'routed', reasoning: 0, tool: 0 });
    expect(writingOf(armNamed('base'))).toEqual({ kind: 'routed', reasoning: 1, tool: 1 });
    expect(writingOf(armNamed('dart-strict'))).toEqual({ kind: 'routed', reasoning: 0, tool: 1 });
    expect(writingOf(armNamed('two-agents'))).toEqual({ kind: 'agents', reasoning: 0, tool: 1, keepCaches: true });
    expect(writingOf(armNamed('halves'))).toMatchObject({ reasoning: 0, tool: 1, control: { kind: 'halves' } });
    expect(writingOf(armNamed('shuffled'))).toMatchObject({ control: { kind: 'shuffled' } });
    expect(writingOf(own)).toEqual({ kind: 'routed', reasoning: 0, tool: 1, answer: 2 });
  });
});

describe('armProblem', () => {
  it.each<[Partial<Arm>, RegExp]>([
    [{ adapters: 0 }, /1 to 8 adapters/],
    [{ rank: 2.5 }, /whole number from 1 to 256/],
    [{ abilities: ['tool', 'tool'] }, /may stand once/],
    [{ abilities: [] }, /may stand once/],
    [{ abilities: ['reasoning', 'answer'] }, /holds think and answer/],
    [{ adapterOf: [0, 2] }, /needs one of the adapters/],
    [{ adapterOf: [0] }, /needs one of the adapters/],
    [{ mask: [[1, 1]] }, /row for each ability/],
    [{ mask: [[1], [1]] }, /column for each adapter/],
  ])('refuses %j', (change, sentence) => {
    expect(armProblem({ ...armNamed('dart'), ...change })).toMatch(sentence);
  });
});

describe('abilitiesOf', () => {
  const { prompt, reasoning, tool, observation } = ROLE_CODE;
  const inAnswer = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0);
  const roles = Uint8Array.of(prompt, reasoning, reasoning, tool, tool, observation, reasoning, reasoning, reasoning);
  const adapters = Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 0, 0);
  const rollout = { tokens: new Uint32Array(9), roles, inAnswer, adapters };

  it('goes by the role of each token, and never by prompt or observation', () => {
    expect([...abilitiesOf(armNamed('dart'), rollout)]).toEqual([NONE, 0, 0, 1, 1, NONE, 0, 0, 0]);
    expect([...abilitiesOf(armNamed('joint'), rollout)]).toEqual([NONE, 0, 0, 1, 1, NONE, 0, 0, 0]);
  });

  it('tells the answer, after its opening tag, from the rest of reasoning', () => {
    expect([...abilitiesOf(own, rollout)]).toEqual([NONE, 0, 0, 1, 1, NONE, 0, 2, 0]);
    const without: Arm = { ...own, abilities: ['think', 'tool'], adapterOf: [0, 1], mask: [[1, 0, 0], [0, 1, 0]] };
    expect([...abilitiesOf(without, rollout)]).toEqual([NONE, 0, 0, 1, 1, NONE, 0, NONE, 0]);
  });

  it('goes by the adapter that wrote the token in the controls', () => {
    expect([...abilitiesOf(armNamed('shuffled'), rollout)]).toEqual([NONE, 0, 0, 1, 1, NONE, 0, 1, 0]);
  });
});
