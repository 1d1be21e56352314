import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelFolder, UsageError, wholeNumber } from './checks.ts';

export interface ModelArguments {
  readonly experiment: 'model';
  /** Folder in the Hugging Face layout; null: the bundled backbone. */
  readonly folder: string | null;
  readonly tokens: number;
  /** File for the record; null: none is written. */
  readonly file: string | null;
}

export const MODEL_OPTIONS = {
  folder: { type: 'string' },
  tokens: { type: 'string' },
  out: { type: 'string' },
} as const;

export const MODEL_USAGE = `model checks a backbone on this device: the memory it takes beside what was predicted, log-probabilities beside
onnxruntime's, one backward pass of both roles, its gradients beside finite differences; time, tokens/s and GFLOP/s of
each phase. Exits with 1 where a verdict fails.

  --folder DIR          a folder with config.json, tokenizer.json and onnx/*.onnx (default: the bundled backbone)
  --tokens N            length of the sequence that everything is computed on, from 8 on (default: 32)
  --out FILE            writes the record (JSON) there (default: nothing is written)`;

const LEAST_TOKENS = 8;

/** @throws UsageError with a sentence */
export function modelArguments({ folder, tokens = '32', out }: { readonly [Key in keyof typeof MODEL_OPTIONS]?: string }): ModelArguments {
  const count = wholeNumber(tokens, '--tokens');
  if (count < LEAST_TOKENS) throw new UsageError(`--tokens takes a whole number from ${LEAST_TOKENS} on, not ${tokens}.`);
  if (out !== undefined && (out === '' || (existsSync(out) && statSync(out).isDirectory()))) throw new UsageError(`--out takes the name of a file for the record, not "${out}".`);
  return { experiment: 'model', folder: modelFolder(folder, '--folder'), tokens: count, file: out === undefined ? null : resolve(out) };
}
