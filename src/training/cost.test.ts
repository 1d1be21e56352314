import { describe, expect, it } from 'vitest';
import { type Arm, standardArms } from './arms.ts';
import { armCost, COST_COLUMNS, costCells, costSentence } from './cost.ts';
import type { StepReport } from './trainer.ts';

const named = (id: string): Arm => standardArms().find((arm) => arm.id === id)!;
const report = (rollout: number, reencoded: number): StepReport => ({
  step: 0, reward: 0, hit: 0, wellFormed: 1, live: 1, searches: 1, length: 10, entropy: 1, losses: [0], gradients: { norms: [[1]], leakage: [[null]], angle: null },
  norm: 1, kl: 0, clipFraction: 0, ratioError: 0, rate: 1, tokens: { rollout, reencoded, trained: 50 }, time: { rollout: 4000, forward: 0, backward: 5000, optimiser: 1000 },
});

describe('the cost of an arm', () => {
  it('is what it holds and the means of its steps, by rollout', () => {
    const cost = armCost(named('dart'), 100, [report(80, 0), report(120, 0)], 10);
    expect(cost).toMatchObject({ adapterBytes: 400, caches: 1, steps: 2, rollout: { encoded: 10, reencoded: 0, seconds: 0.4 }, step: { rollout: 4, backward: 5, total: 10, trainedTokens: 50 } });
    expect(costCells('DART', cost)).toEqual(['DART', '400', '100', '1', '10.0', '0.0', '0.400', '10.00']);
    expect(costCells('DART', cost)).toHaveLength(COST_COLUMNS.length);
  });

  it('has no rollouts where trajectories were given, and no steps before the first', () => {
    expect(armCost(named('joint'), 100, [report(0, 0)], 10)).toMatchObject({ rollout: null, step: { total: 10 } });
    expect(costCells('Base', armCost(named('base'), 0, [], 10))).toEqual(['Base', '0', '0', '1', '–', '–', '–', '–']);
  });

  it('sets two agents against the routed pair, or says what a step takes', () => {
    const agents = { arm: named('two-agents'), cost: armCost(named('two-agents'), 100, [report(150, 50)], 10) };
    const dart = { arm: named('dart'), cost: armCost(named('dart'), 100, [report(100, 0)], 10) };
    const strict = { arm: named('dart-strict'), cost: armCost(named('dart-strict'), 100, [report(90, 0)], 10) };
    expect(costSentence([agents, strict, dart])).toBe('Two agents hold as many bytes of adapters and 2 key-value caches instead of 1, and encode 1.50 times the tokens of DART, 33 % of them again');
    expect(costSentence([dart])).toBe('A step takes 10.0 s in DART');
    expect(costSentence([])).toBe('What each arm holds');
  });
});
