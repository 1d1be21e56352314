import { z } from 'zod';
import { stackAdapters } from '../../backbone/adapters.ts';
import { loadBackbone, type Backbone } from '../../backbone/load.ts';
import { readAdapter } from '../../backbone/peft.ts';
import { openSafetensors, safeTensorDoubles } from '../../backbone/safetensors.ts';
import { folderSource } from '../../backbone/testing/folder-source.ts';
import type { LoraAdapter } from '../../backbone/types.ts';
import { adaptersOf } from '../../core/trajectory/tokens.ts';
import type { SessionAdapters } from '../session.ts';
import type { DecodeBatch } from '../types.ts';

export const GOLDEN_CASES = ['qwen2-f32', 'qwen3-f32', 'qwen2-q4', 'qwen2-q4-zp'] as const;

const schema = z.object({ expected: z.string(), sequences: z.array(z.object({ tokens: z.array(z.number()), roles: z.array(z.number()) })) });

export interface GoldenCase {
  readonly backbone: Backbone;
  readonly graph: Blob;
  readonly adapters: SessionAdapters;
  /** Reasoning, tool: what `adapters` stacks. */
  readonly single: readonly LoraAdapter[];
  readonly sequences: readonly { readonly tokens: readonly number[]; readonly adapters: readonly number[]; readonly logprobs: Float64Array }[];
}

/** A golden case as a session takes it: log-probabilities of an independent f64 implementation with routed adapters. */
export async function goldenCase(name: string): Promise<GoldenCase> {
  const source = folderSource(`fixtures/golden/${name}`);
  const backbone = await loadBackbone(source);
  const golden = schema.parse(JSON.parse(await (await source.open('case.json')).text()));
  const expected = await openSafetensors(await source.open(golden.expected), golden.expected);
  const folders = ['adapters/reasoning', 'adapters/tool'];
  const single = await Promise.all(folders.map((folder) => readAdapter(source, folder, backbone.config)));
  const adapters = stackAdapters(backbone.config, single);
  const sequences = await Promise.all(
    golden.sequences.map(async ({ tokens, roles }, index) => ({ tokens, adapters: Array.from(adaptersOf(Uint8Array.from(roles), 'paper')), logprobs: await safeTensorDoubles(expected.tensors.get(`logprobs.${index}`)!, `logprobs.${index}`) })),
  );
  return { backbone, graph: await source.open(backbone.model.path), adapters, single, sequences };
}

/** log-softmax of one row of logits at a token, nats. */
export function logprobOf(logits: Float32Array, token: number): number {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return logits[token] - top - Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/**
 * Log-probabilities of all sequences through the batch: `prefill(sequence, t)` tokens at a time by `extend`, which tells
 * only the last one's; a value of 1 decodes with the others in one step.
 * @returns NaN where a token's logits were not asked for
 */
export async function throughBatch(batch: DecodeBatch, vocab: number, sequences: GoldenCase['sequences'], prefill: (sequence: number, at: number) => number): Promise<Float64Array[]> {
  const logprobs = sequences.map(({ tokens }) => new Float64Array(tokens.length - 1).fill(NaN));
  const note = (sequence: number, logits: Float32Array): void => {
    const at = batch.length(sequence);
    const { tokens } = sequences[sequence];
    if (at < tokens.length) logprobs[sequence][at - 1] = logprobOf(logits, tokens[at]);
  };
  for (;;) {
    const rows = [];
    let busy = false;
    for (const [index, { tokens, adapters }] of sequences.entries()) {
      const at = batch.length(index);
      if (at >= tokens.length) continue;
      busy = true;
      const count = Math.min(tokens.length - at, prefill(index, at));
      if (count > 1) note(index, await batch.extend(index, tokens.slice(at, at + count), adapters.slice(at, at + count)));
      else if (count === 1) rows.push({ slot: index, token: tokens[at], adapter: adapters[at] });
    }
    if (rows.length > 0) {
      const logits = await batch.step(rows);
      rows.forEach(({ slot }, row) => note(slot, logits.subarray(row * vocab, (row + 1) * vocab)));
    }
    if (!busy) return logprobs;
  }
}
