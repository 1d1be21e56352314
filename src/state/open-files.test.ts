import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../backbone/safetensors.ts';
import { classifyFiles, refusal } from './open-files.ts';

const file = (path: string, text = '') => ({ path, blob: new Blob([text]) });
const LINE = JSON.stringify({ id: '1', question: 'Q?', golden_answers: ['A'], prompt: '<|im_start|>user\nQ?<|im_end|>\n<|im_start|>assistant\n', response: '<think>t</think><search>s</search><answer>A</answer>' });

describe('classifyFiles', () => {
  it('knows a run record and a Gram by what they say of themselves', async () => {
    expect(await classifyFiles([file('run.json', '{"format":"seesaw.run","version":1}')])).toMatchObject({ kind: 'run', name: 'run.json' });
    expect(await classifyFiles([file('x.txt', '{ "format": "seesaw.gram"')])).toMatchObject({ kind: 'run' });
  });
  it('knows rows of tag tokens by the metadata of their file', async () => {
    const rows = new Blob([writeSafetensors(new Map([['embed_tokens', { shape: [1, 2], values: Float32Array.of(1, 2) }]]), { 'seesaw.tag_tokens': '{}' })]);
    expect(await classifyFiles([{ path: 'any/name.safetensors', blob: rows }])).toMatchObject({ kind: 'tag-tokens', name: 'name.safetensors' });
  });
  it('takes a folder with its top folder cut off', async () => {
    const found = await classifyFiles([file('qwen/config.json'), file('qwen/tokenizer.json'), file('qwen/onnx/model_q4.onnx')]);
    expect(found).toMatchObject({ kind: 'backbone', choice: { name: 'qwen', files: [{ path: 'config.json' }, { path: 'tokenizer.json' }, { path: 'onnx/model_q4.onnx' }] } });
  });
  it('names what a folder lacks', async () => {
    const found = await classifyFiles([file('qwen/config.json'), file('qwen/README.md')]);
    expect(found).toMatchObject({ kind: 'refused' });
    expect(found.kind === 'refused' && found.message).toContain('tokenizer.json');
  });
  it('counts trajectories and tells what was left out', async () => {
    const found = await classifyFiles([file('mine.jsonl', `${LINE}\n{broken\n`)]);
    expect(found).toMatchObject({ kind: 'trajectories', choice: { name: 'mine.jsonl' } });
    expect(found.kind === 'trajectories' && found.what).toMatch(/1 trajectory read .*1 left out; first, line 2/);
  });
  it('refuses what is nothing of all this, with a way out', async () => {
    const result = await classifyFiles([file('cat.txt', 'hello')]).catch(refusal);
    expect(result).toMatchObject({ kind: 'refused' });
    expect(result.kind === 'refused' && result.remedy.length).toBeGreaterThan(10);
  });
  it('refuses several loose files', async () => {
    expect(await classifyFiles([file('a.txt'), file('b.txt')])).toMatchObject({ kind: 'refused' });
  });
});
