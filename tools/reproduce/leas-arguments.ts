import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BUNDLED_QUESTIONS } from '../../src/agent/datasets.ts';
import { SCALES, type Scale } from '../../src/core/leas/accuracy.ts';
import { MODELS, type Model } from '../../src/core/leas/models.ts';
import type { HeadlessLeasOptions } from '../../src/features/headless-leas.ts';
import { isFile, outFolder, UsageError, wholeNumber } from './checks.ts';

export interface LeasArguments {
  readonly experiment: 'leas';
  readonly counts: string;
  readonly scale: Scale;
  /** Null: ½ is added to successes and failures. */
  readonly epsilon: number | null;
  readonly mapping: ReadonlyMap<string, Model>;
  readonly seed: number;
  readonly out: string;
}

export interface LeasRunArguments extends Omit<HeadlessLeasOptions, 'models' | 'keep'> {
  readonly experiment: 'leas-run';
  /** A folder of PEFT folders ARM-SEED in place of a word. */
  readonly models: 'train' | 'bundled' | { readonly folder: string };
  readonly out: string;
  /** Where the browser keeps finished rollouts and checkpoints; null: nowhere. */
  readonly keep: string | null;
}

const COUNTS_OPTIONS = {
  counts: { type: 'string' },
  map: { type: 'string' },
} as const;

const RUN_OPTIONS = {
  models: { type: 'string' },
  seeds: { type: 'string' },
  steps: { type: 'string' },
  sets: { type: 'string' },
  questions: { type: 'string' },
  samples: { type: 'string' },
  'comparison-samples': { type: 'string' },
  temperature: { type: 'string' },
  batch: { type: 'string' },
  provider: { type: 'string' },
  keep: { type: 'string' },
} as const;

export const LEAS_OPTIONS = {
  ...COUNTS_OPTIONS,
  ...RUN_OPTIONS,
  scale: { type: 'string' },
  epsilon: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
} as const;

type Values = { readonly [Key in keyof typeof LEAS_OPTIONS]?: string };

export const LEAS_USAGE = `leas trains the models of LEAS or takes trained ones, rolls questions out with each of them and their hybrids in a headless
browser, works the effects of tool use and reasoning and their interaction out, and writes into DIR:
  record.json      the run record: configuration, hashes, every count, summaries, placebo, reference worlds; opens in the page
  lambda.csv       the effects of every question with their standard errors
  counts.csv       k correct of n rollouts of every question and model, which opens again with --counts
  comparison.csv   accuracies of all writers, and differences paired by question

  --models train|bundled|DIR   trained first, those of the page, or a folder with ARM-SEED folders as seesaw writes them
                        (default: bundled)
  --seeds 1,2,… --steps N   of the training (default: 1,2,3 and 40)
  --sets NAME,…         question sets of the page (default: world-a-heldout,world-b-heldout)
  --questions N         of each set (default: 60; 0: all)
  --samples N           rollouts of each question by each of the seven models (default: 16)
  --comparison-samples N   by DART, two agents and with fixed retrieval (default: 8; 0: none of them)
  --temperature T       (default: 1)
  --batch B             rollouts that decode together (default: 96)
  --keep DIR            keep finished rollouts there, and go on from those that there are
  --provider            as for rollouts

with --counts it works them out from counts of correct answers, without a browser (record.json, lambda.csv):
  --counts FILE         CSV or JSON Lines with question, model, k, n (k correct of n samples); a column seed tells training
                        seeds apart; models: ${MODELS.join(', ')}
  --map "NAME=MODEL,…"  other names of models in the file

both:
  --scale logit|probability|log-failure   (default: logit)
  --epsilon E           accuracies clipped to [E, 1 − E] in place of adding ½ to successes and failures`;

/** @throws UsageError with a sentence */
export function leasArguments(values: Values): LeasArguments | LeasRunArguments {
  const { counts, scale = 'logit', epsilon, map, seed = '1' } = values;
  const foreign = Object.keys(counts === undefined ? COUNTS_OPTIONS : RUN_OPTIONS).find((option) => Object.hasOwn(values, option));
  if (foreign !== undefined) throw new UsageError(`--${foreign} is not an option of leas ${counts === undefined ? 'without' : 'with'} --counts.`);
  const folder = outFolder(values.out);
  if (counts !== undefined && !isFile(counts)) throw new UsageError(`--counts ${counts}: there is no such file.`);
  const chosen = SCALES.find((known) => known === scale);
  if (chosen === undefined) throw new UsageError(`--scale takes logit, probability or log-failure, not "${scale}".`);
  const common = { scale: chosen, epsilon: epsilonOf(epsilon, chosen), seed: wholeNumber(seed, '--seed'), out: folder };
  return counts === undefined ? { experiment: 'leas-run', ...runOf(values), ...common } : { experiment: 'leas', counts: resolve(counts), mapping: mappingOf(map), ...common };
}

type RunValues = Omit<LeasRunArguments, 'experiment' | 'scale' | 'epsilon' | 'seed' | 'out'>;

function runOf({ models = 'bundled', seeds, steps, sets = 'world-a-heldout,world-b-heldout', questions = '60', samples = '16', temperature = '1', batch, provider, keep, ...rest }: Values): RunValues {
  if (models !== 'train' && (seeds !== undefined || steps !== undefined)) throw new UsageError('--seeds and --steps belong to --models train.');
  if (models !== 'train' && models !== 'bundled' && !isFolder(models)) throw new UsageError(`--models takes train, bundled or a folder, and there is no folder ${models}.`);
  const names = listOf(sets);
  const known = BUNDLED_QUESTIONS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--sets takes some of ${known.join(', ')}, not "${unknown}".`);
  if (names.length === 0 || new Set(names).size < names.length) throw new UsageError('--sets takes different question sets.');
  if (new Set(BUNDLED_QUESTIONS.filter(({ name }) => names.includes(name)).map(({ corpus }) => corpus)).size > 1) throw new UsageError('--sets takes sets of one corpus.');
  const trained = seeds === undefined ? null : listOf(seeds).map((seed) => wholeNumber(seed, '--seeds'));
  if (trained !== null && (trained.length === 0 || new Set(trained).size < trained.length)) throw new UsageError('--seeds takes different whole numbers, such as 1,2,3.');
  const heat = Number(temperature);
  if (temperature.trim() === '' || !(heat > 0 && heat <= 10)) throw new UsageError(`--temperature takes a number above 0, not "${temperature}".`);
  const decoder = provider === undefined ? null : (['auto', 'wasm', 'webgpu'] as const).find((word) => word === provider);
  if (decoder === undefined) throw new UsageError(`--provider takes auto, wasm or webgpu, not "${provider}".`);
  return {
    models: models === 'train' || models === 'bundled' ? models : { folder: resolve(models) },
    seeds: trained,
    steps: steps === undefined ? null : atLeastOne(steps, '--steps'),
    sets: names,
    questions: wholeNumber(questions, '--questions'),
    samples: atLeastOne(samples, '--samples'),
    comparisonSamples: wholeNumber(rest['comparison-samples'] ?? '8', '--comparison-samples'),
    temperature: heat,
    batch: batch === undefined ? null : atLeastOne(batch, '--batch'),
    provider: decoder,
    keep: keep === undefined ? null : resolve(keep),
  };
}

function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function atLeastOne(text: string, option: string): number {
  const value = wholeNumber(text, option);
  if (value < 1) throw new UsageError(`${option} takes a whole number from 1 on, not ${text}.`);
  return value;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function epsilonOf(text: string | undefined, scale: Scale): number | null {
  if (text === undefined) return null;
  if (scale === 'probability') throw new UsageError('--epsilon has no meaning with --scale probability.');
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 0.5)) throw new UsageError(`--epsilon takes a number between 0 and 0.5, not "${text}".`);
  return value;
}

/** `their name=m_uni,other=base`; the last = divides, as names may hold one. */
function mappingOf(text: string | undefined): Map<string, Model> {
  const mapping = new Map<string, Model>();
  if (text === undefined) return mapping;
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    const target = part.slice(at + 1).trim().toLowerCase();
    const model = MODELS.find((known) => known === target);
    if (name === '' || model === undefined) throw new UsageError(`--map takes NAME=MODEL with a model of ${MODELS.join(', ')}, not "${part.trim()}".`);
    if (mapping.has(name)) throw new UsageError(`--map names "${name}" twice.`);
    mapping.set(name, model);
  }
  return mapping;
}
