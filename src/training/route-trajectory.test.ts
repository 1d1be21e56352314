import { describe, expect, it } from 'vitest';
import { parseTrajectories } from '../core/trajectory/formats.ts';
import { ROLE_CODE, type EncodedTrajectory, type Span } from '../core/trajectory/types.ts';
import { standardArms, type Arm } from './arms.ts';
import { routeTrajectory } from './route-trajectory.ts';

const { prompt, reasoning, tool, observation } = ROLE_CODE;
const roles = Uint8Array.of(prompt, prompt, reasoning, reasoning, tool, tool, observation, reasoning, reasoning, reasoning);
const spans: Span[] = [
  { role: 'prompt', kind: 'prompt', start: 0, end: 2 },
  { role: 'reasoning', kind: 'think', start: 2, end: 4 },
  { role: 'tool', kind: 'tool', start: 4, end: 6 },
  { role: 'observation', kind: 'observation', start: 6, end: 7 },
  { role: 'reasoning', kind: 'answer', start: 7, end: 10 },
];
const [source] = parseTrajectories(JSON.stringify({ id: 'one', question: 'q', golden_answers: ['a'], prompt: 'p', response: '<search>s</search><answer>a</answer>' })).trajectories;
const trajectory: Pick<EncodedTrajectory, 'source' | 'tokens' | 'roles' | 'spans'> = { source, tokens: new Uint32Array(10), roles, spans };
const armNamed = (id: string): Arm => standardArms().find((arm) => arm.id === id)!;
const routed = (arm: Arm): number[] => [...routeTrajectory(arm, trajectory, 1).adapters];

describe('routeTrajectory', () => {
  it('gives each position the adapter of the token that it predicts', () => {
    expect(routed(armNamed('dart'))).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect(routed(armNamed('joint'))).toEqual(new Array(10).fill(0));
    expect(routeTrajectory(armNamed('dart'), trajectory, 1).kinds).toEqual(['prompt', 'prompt', 'think', 'think', 'tool', 'tool', 'observation', 'answer', 'answer', 'answer']);
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
