import { describe, expect, it, vi } from 'vitest';
import type { Rollout } from '../agent/types.ts';
import { ownersOf, type OptimiserState } from '../engine/optimiser.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { standardArms, type Arm } from './arms.ts';
import { DEFAULT_TRAINING, type TrainingSettings } from './settings.ts';
import { openWorld, worldTrainer, type WorldTrainer } from './testing/world-trainer.ts';
import type { StepReport } from './trainer.ts';

const gpu = await testDevice();
const decoder = { pipelines: new PipelineCache(gpu.device) };
const world = await openWorld();
const arms = new Map(standardArms(4).map((arm) => [arm.id, arm]));
/** One step of 2 × 4 rollouts has groups that differ, so that there is a gradient; checked below. */
const SMALL: TrainingSettings = { ...DEFAULT_TRAINING, steps: 3, questions: 2, samples: 4, warmUp: 0 };

function open(arm: Arm, settings: TrainingSettings = SMALL): Promise<WorldTrainer> {
  return worldTrainer(world, arm, { gpu, settings, seed: 5, batch: 8, decoder });
}

const armOf = (id: string): Arm => arms.get(id)!;
const timeless = (report: StepReport): unknown => ({ ...report, time: null });
const written = (rollouts: readonly Rollout[]): unknown => rollouts.map(({ question, tokens, adapters, logprobs, reward }) => ({ question: question.id, tokens, adapters, logprobs, reward }));

/** Steps from the start, with everything they leave. */
async function run(arm: Arm, settings: TrainingSettings, steps: number): Promise<{ reports: StepReport[]; rollouts: unknown[]; state: OptimiserState; owner: Uint32Array }> {
  const opened = await open(arm, settings);
  const reports: StepReport[] = [];
  const rollouts: unknown[] = [];
  for (let step = 0; step < steps; step += 1) {
    const taken = await opened.trainer.step(step);
    reports.push(taken.report);
    rollouts.push(written(taken.rollouts));
  }
  const state = await opened.trainer.state();
  const owner = ownersOf(opened.decoder.context.adapters!.layout);
  await opened.close();
  return { reports, rollouts, state, owner };
}

describe('two runs of one seed', () => {
  it.each(['joint', 'dart'])('of %s write the same rollouts and reach the same parameters, moments and figures to the bit', async (id) => {
    const [one, other] = [await run(armOf(id), SMALL, 2), await run(armOf(id), SMALL, 2)];
    expect(one.reports.some(({ norm }) => norm > 0)).toBe(true);
    expect(other.reports.map(timeless)).toEqual(one.reports.map(timeless));
    expect(other.rollouts).toEqual(one.rollouts);
    // As bits: toEqual on floats would let −0 and 0 differ and NaN pass.
    for (const part of ['values', 'm', 'v'] as const) expect(Buffer.compare(Buffer.from(other.state[part].buffer), Buffer.from(one.state[part].buffer)), part).toBe(0);
  });
});

describe('a step with GRPO weights', () => {
  it('at rate 0 changes no parameter', async () => {
    const opened = await open(armOf('dart'), { ...SMALL, rates: [0] });
    const before = (await opened.trainer.state()).values;
    const { report } = await opened.trainer.step(0);
    expect(report.norm).toBeGreaterThan(0);
    expect((await opened.trainer.state()).values).toEqual(before);
    await opened.close();
  });

  it('under the identity mask moves each adapter by its own loss alone, to the bit', async () => {
    const strict = armOf('dart-strict');
    // Clipping is by the norm over all adapters, which would bring the other loss in through its factor.
    const settings = { ...SMALL, clipNorm: 0 };
    const both = await run(strict, settings, 1);
    const { owner } = both;
    const { norms } = both.reports[0].gradients;
    // There is a gradient across the roles, which the mask keeps away.
    expect(norms[0][1]).toBeGreaterThan(0);
    expect(norms[1][0]).toBeGreaterThan(0);
    for (const loss of [0, 1]) {
      const alone = await run({ ...strict, mask: strict.mask.map((row, other) => row.map((allowed) => (other === loss ? allowed : 0))) }, settings, 1);
      expect(alone.rollouts).toEqual(both.rollouts);
      for (const part of ['values', 'm', 'v'] as const) {
        const own = (state: OptimiserState): Float32Array => state[part].filter((_, index) => owner[index] === loss);
        expect(own(alone.state), `${part} of adapter ${loss}`).toEqual(own(both.state));
      }
      // The other adapter's moments stay exactly 0: not a trace of this loss reached it.
      for (const part of ['m', 'v'] as const) expect(alone.state[part].every((value, index) => owner[index] !== 1 - loss || value === 0)).toBe(true);
    }
  });
});

describe('memory', () => {
  it('holds the same bytes and the same number of live buffers after 3 and after 10 steps', async () => {
    // Every step takes the same questions at rate 0, so that all are of one size: what grows then is a leak.
    const opened = await open(armOf('dart'), { ...SMALL, questions: 1, samples: 2, rates: [0], kl: 0.1 });
    let live = 0;
    const { device } = gpu;
    const create = device.createBuffer.bind(device);
    const spy = vi.spyOn(device, 'createBuffer').mockImplementation((descriptor) => {
      const buffer = create(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      live += 1;
      buffer.destroy = () => {
        live -= 1;
        destroy();
        return undefined;
      };
      return buffer;
    });
    const seen: number[][] = [];
    for (let taken = 1; taken <= 10; taken += 1) {
      await opened.trainer.step(0);
      if (taken === 3 || taken === 10) seen.push([opened.decoder.memory.bytes, live]);
    }
    spy.mockRestore();
    await opened.close();
    expect(seen[1]).toEqual(seen[0]);
    expect(opened.decoder.memory.bytes).toBe(0);
  });
});
