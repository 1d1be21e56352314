import { describe, expect, it } from 'vitest';
import { parseTrajectories } from '../core/trajectory/formats.ts';
import { ROLE_CODE, type EncodedTrajectory } from '../core/trajectory/types.ts';
import { standardArms, type Arm } from './arms.ts';
import { routeTrajectory } from './route-trajectory.ts';

const { prompt, reasoning, tool, observation } = ROLE_CODE;
const roles = Uint8Array.of(prompt, prompt, reasoning, reasoning, tool, tool, observation, reasoning, reasoning, reasoning);
const [source] = parseTrajectories(JSON.stringify({ id: 'one', question: 'q', golden_answers: ['a'], prompt: 'p', response: '<search>s</search><answer>a</answer>' })).trajectories;
const trajectory: Pick<EncodedTrajectory, 'source' | 'tokens' | 'roles' | 'inAnswer'> = { source, tokens: new Uint32Array(10), roles, inAnswer: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1) };
const armNamed = (id: string): Arm => standardArms().find((arm) => arm.id === id)!;
const routed = (arm: Arm): number[] => [...routeTrajectory(arm, trajectory, 1).adapters];

describe('routeTrajectory', () => {
  it('gives each position the adapter of the token that it predicts', () => {
    expect(routed(armNamed('dart'))).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect(routed(armNamed('joint'))).toEqual(new Array(10).fill(0));
  });

  it('knows a third adapter for answers, after their opening tag', () => {
    expect(routed({ ...armNamed('dart'), abilities: ['think', 'tool', 'answer'], adapters: 3, adapterOf: [0, 1, 2], mask: [] })).toEqual([0, 0, 0, 1, 1, 0, 0, 2, 2, 0]);
  });

  it('gives each stretch of the shuffled control to one adapter, the same at every pass', () => {
    const arms = Array.from({ length: 16 }, (_, seed) => [...routeTrajectory(armNamed('shuffled'), trajectory, seed).adapters]);
    for (const adapters of arms) {
      expect(adapters[1]).toBe(adapters[2]);
      expect(adapters[3]).toBe(adapters[4]);
      expect(new Set(adapters.slice(6, 9)).size).toBe(1);
    }
    expect(new Set(arms.map((adapters) => adapters.join(''))).size).toBeGreaterThan(3);
    expect(routed(armNamed('shuffled'))).toEqual(routed(armNamed('shuffled')));
  });
});
