import { describe, expect, it } from 'vitest';
import type { SpanGram } from '../core/gram/types.ts';
import type { AngleEvent } from '../lab/events.ts';
import { gramViews, openedRun } from './opened-run.ts';

const GRAM: SpanGram = {
  parameterSet: 'lora',
  modules: [{ layer: 0, target: 'q_proj', parameters: 4 }],
  trajectories: [{ id: 't', question: 'q', group: 'g', reward: 1, advantage: null, fingerprint: 'f', tokens: 10 }],
  spans: [
    { trajectory: 0, role: 'reasoning', kind: 'think', start: 2, end: 4, loss: 1 },
    { trajectory: 0, role: 'tool', kind: 'tool', start: 4, end: 6, loss: 2 },
  ],
  blocks: [{ group: 'g', spans: [0, 1], values: Float64Array.of(1, 0, 0, 1) }],
};

describe('a bare Gram', () => {
  it('shows trajectories by their spans: prompt before, observation between and after', () => {
    const [view] = gramViews(GRAM);
    expect(view.spans.map(({ role, start, end }) => [role, start, end])).toEqual([
      ['prompt', 0, 2],
      ['reasoning', 2, 4],
      ['tool', 4, 6],
      ['observation', 6, 10],
    ]);
    expect([...view.roles]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 3, 3]);
    expect([...view.adapters]).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });
  it('plays as inventory, blocks and an end', async () => {
    const opened = openedRun(null, GRAM);
    expect(opened).toMatchObject({ parameterSet: 'lora', device: null, seed: null });
    const events: AngleEvent[] = [];
    opened.play((event) => events.push(event));
    await expect.poll(() => events.map((event) => event.type)).toEqual(['phase', 'inventory', 'block', 'finished']);
  });
});
