import { describe, expect, it } from 'vitest';
import { ENVIRONMENTS } from './environment.ts';
import { scoreRollout } from './score-rollout.ts';
import type { Dialect, FinishReason } from './types.ts';

function formed(dialect: Dialect, written: readonly string[], more: { finish?: FinishReason; admonished?: boolean } = {}): boolean {
  return scoreRollout({ written, observations: [], admonished: more.admonished ?? false }, [], more.finish ?? 'answered', ENVIRONMENTS[dialect]).wellFormed;
}

describe('a well-formed rollout', () => {
  const turn = '<think> a</think><search> q</search>';
  const last = '<think> b</think><answer> x</answer>';
  const end = `${last}<|im_end|>`;

  it('of the world is what scoring.py calls formed', () => {
    expect(formed('world', [end])).toBe(true);
    expect(formed('world', [turn, turn, end])).toBe(true);
    for (const bad of [[last], [turn], [` ${end}`], [turn, `${turn}${end}`], [`${turn}\n`, end], ['<search> q</search>', end], [`<think> a < b</think><answer> x</answer><|im_end|>`], [`${end}<|im_end|>`]]) expect(formed('world', bad)).toBe(false);
    expect(formed('world', [end], { finish: 'context-full' })).toBe(false);
    expect(formed('world', [end], { admonished: true })).toBe(false);
  });

  it('of Search-R1 may have space and other signs', () => {
    expect(formed('search-r1', [`\n${turn}\n`, '<think>1 < 2</think>\n\n<answer>x</answer>\n'])).toBe(true);
    for (const bad of [[turn, 'So <answer>x</answer>'], [`${turn}${turn}`, last], [turn, '<think>a<answer>x</answer></think><answer>x</answer>']]) expect(formed('search-r1', bad)).toBe(false);
  });

  it('of Qwen is any text around one call, or one answer', () => {
    const call = '<tool_call>\n{}\n</tool_call>';
    expect(formed('qwen', [`<think>a</think> I look. ${call}`, 'So <answer>x</answer>.<|im_end|>'])).toBe(true);
    for (const bad of [[call, 'So x.<|im_end|>'], [`${call}${call}`, end], [call, '<answer>x</answer>'], ['</think>' + call, end]]) expect(formed('qwen', bad)).toBe(false);
  });

  it('is told from others in linear time', () => {
    const start = performance.now();
    for (const dialect of ['world', 'search-r1', 'qwen'] as const) expect(formed(dialect, ['a '.repeat(20_000) + '<think>'.repeat(500)])).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('scores', () => {
  it('count what the model wrote and what searches brought', () => {
    const score = scoreRollout({ written: ['<answer>no</answer>', '<answer> The Nairobi. </answer>'], observations: ['in nairobi'], admonished: false }, ['Nairobi', 'x'], 'answered', ENVIRONMENTS.world);
    expect(score).toMatchObject({ answer: 'The Nairobi.', reward: 1, f1: 1, hit: true });
    expect(scoreRollout({ written: [''], observations: ['x'], admonished: false }, ['Nairobi'], 'context-full', ENVIRONMENTS.world)).toMatchObject({ answer: null, reward: 0, f1: 0, hit: false });
  });
});
