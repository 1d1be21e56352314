import { describe, expect, it } from 'vitest';
import { QWEN_TAGS, SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import { openTrajectories } from './open-trajectories.ts';
import { CONFIG } from './testing/tiny.ts';

const line = (response: string): string => JSON.stringify({ id: 'x', question: 'q', golden_answers: ['a'], prompt: '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n', response });
const qwen = new Blob([line('<tool_call>{"q": 1}</tool_call><tool_response><answer>a</answer></tool_response><answer>b</answer>')]);

describe('openTrajectories', () => {
  it('detects the tags of a file, and scores by them', async () => {
    const steps: string[] = [];
    const { file, tags, sha256 } = await openTrajectories(qwen, { ...CONFIG, detectTags: true }, (step) => steps.push(step));
    expect(tags).toBe(QWEN_TAGS);
    expect(file.trajectories[0].reward).toBe(0);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(steps).toContain('reading world: 100 %');
  });

  it('reads once where the detected tags are the ones given', async () => {
    const steps: string[] = [];
    const copy = structuredClone({ ...CONFIG, detectTags: true });
    const { tags } = await openTrajectories(new Blob([line('<search>q</search>')]), copy, (step) => steps.push(step));
    expect(tags).toEqual(SEARCH_R1_TAGS);
    expect(steps.filter((step) => step.endsWith('100 %'))).toHaveLength(1);
  });

  it('keeps the tags of the config otherwise', async () => {
    expect((await openTrajectories(qwen, CONFIG, () => undefined)).tags).toBe(SEARCH_R1_TAGS);
  });
});
