import { resolve } from 'node:path';
import { BUNDLED_QUESTIONS } from '../../src/agent/datasets.ts';
import type { HeadlessSeesawOptions } from '../../src/features/headless-seesaw.ts';
import { DEFAULT_RANK, standardArms } from '../../src/training/arms.ts';
import { modelFolder, outFolder, UsageError, wholeNumber } from './checks.ts';

export interface SeesawArguments extends Omit<HeadlessSeesawOptions, 'keep'> {
  readonly experiment: 'seesaw';
  /** Folder in the Hugging Face layout; null: the bundled backbone. */
  readonly model: string | null;
  readonly out: string;
  /** Where checkpoints are kept and looked for; null: nowhere. */
  readonly keep: string | null;
}

export const SEESAW_OPTIONS = {
  arms: { type: 'string' },
  seeds: { type: 'string' },
  steps: { type: 'string' },
  questions: { type: 'string' },
  samples: { type: 'string' },
  rate: { type: 'string' },
  kl: { type: 'string' },
  epochs: { type: 'string' },
  schedule: { type: 'string' },
  denominator: { type: 'string' },
  rank: { type: 'string' },
  train: { type: 'string' },
  'eval-set': { type: 'string' },
  'eval-questions': { type: 'string' },
  'eval-samples': { type: 'string' },
  'eval-every': { type: 'string' },
  batch: { type: 'string' },
  provider: { type: 'string' },
  model: { type: 'string' },
  keep: { type: 'string' },
  out: { type: 'string' },
} as const;

type Values = { readonly [Key in keyof typeof SEESAW_OPTIONS]?: string };

const ARMS = standardArms(DEFAULT_RANK).map(({ id }) => id);
const SETS = BUNDLED_QUESTIONS.map(({ name }) => name);

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function among(parts: readonly string[], known: readonly string[], option: string): readonly string[] {
  const unknown = parts.find((part) => !known.includes(part));
  if (unknown !== undefined) throw new UsageError(`${option} takes some of ${known.join(', ')}, not "${unknown}".`);
  if (parts.length === 0) throw new UsageError(`${option} names none; there are ${known.join(', ')}.`);
  if (new Set(parts).size < parts.length) throw new UsageError(`${option} names one twice.`);
  return parts;
}

function oneOf<const Word extends string>(words: readonly Word[], text: string | undefined, option: string): Word | null {
  if (text === undefined) return null;
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`${option} takes ${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}, not "${text}".`);
  return found;
}

function count(text: string | undefined, option: string, least = 1): number | null {
  if (text === undefined) return null;
  const value = wholeNumber(text, option);
  if (value < least) throw new UsageError(`${option} takes a whole number from ${least} on, not ${text}.`);
  return value;
}

function decimal(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || value > 10) throw new UsageError(`${option} takes numbers from 0 to 10, not "${text}".`);
  return value;
}

/** @throws UsageError with a sentence */
export function seesawArguments(values: Values): SeesawArguments {
  const out = outFolder(values.out);
  const seeds = listOf(values.seeds ?? '1').map((seed) => wholeNumber(seed, '--seeds'));
  if (seeds.length === 0 || new Set(seeds).size < seeds.length) throw new UsageError('--seeds takes different whole numbers, such as 1,2,3.');
  const rank = count(values.rank, '--rank', 2);
  if (rank !== null && rank % 2 !== 0) throw new UsageError(`--rank takes an even number, for two adapters share it; not ${rank}.`);
  const rates = values.rate === undefined ? null : listOf(values.rate).map((rate) => decimal(rate, '--rate'));
  if (rates?.length === 0) throw new UsageError('--rate takes a number such as 0.001, or one for each adapter.');
  return {
    experiment: 'seesaw',
    model: modelFolder(values.model, '--model'),
    arms: among(listOf(values.arms ?? 'joint,dart'), ARMS, '--arms'),
    seeds,
    steps: count(values.steps, '--steps'),
    questions: count(values.questions, '--questions'),
    samples: count(values.samples, '--samples', 2),
    rates,
    kl: values.kl === undefined ? null : decimal(values.kl, '--kl'),
    epochs: count(values.epochs, '--epochs'),
    schedule: oneOf(['constant', 'cosine'], values.schedule, '--schedule'),
    denominator: oneOf(['sum', 'response', 'ability'], values.denominator, '--denominator'),
    rank,
    trainSets: values.train === undefined ? null : among(listOf(values.train), SETS, '--train'),
    evalSet: oneOf(SETS, values['eval-set'], '--eval-set'),
    evalQuestions: count(values['eval-questions'], '--eval-questions', 0),
    evalSamples: count(values['eval-samples'], '--eval-samples'),
    evalEvery: count(values['eval-every'], '--eval-every', 0),
    batch: count(values.batch, '--batch'),
    provider: oneOf(['auto', 'wasm', 'webgpu'], values.provider, '--provider'),
    out,
    keep: values.keep === undefined ? null : resolve(values.keep),
  };
}
