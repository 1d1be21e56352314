import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../record/canonical-json.ts';
import { readRecord, recordJson, RECORD_FORMAT, RECORD_VERSION } from '../record/read-record.ts';
import { deviceSchema, seesawConfigSchema } from '../record/seesaw-schema.ts';
import { SPAN_KINDS } from '../trajectory/types.ts';
import { SCALES } from './accuracy.ts';
import type { LeasSettings } from './analyse.ts';
import { COMPARED_SCORES } from './comparison.ts';
import type { ExperimentAnalysis, ExperimentCounts } from './experiment.ts';
import { EFFECTS, MODELS } from './models.ts';
import { PUBLISHED_SHARES, PUBLISHED_SOURCE } from './published.ts';
import { REGIMES } from './seeds.ts';
import { WORLDS } from './worlds.ts';
import { LEAS_ARMS, LEAS_WRITERS, RETRIEVALS } from './writers.ts';

/**
 * The run record of LEAS: the counts, what was worked out from them, and how they were come by. The effects of single
 * questions are not in it: they follow from the counts exactly, and lambda.csv holds them.
 */

const whole = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal');
const share = z.object({ count: whole, of: whole, share: z.number().min(0).max(1).nullable(), low: z.number(), high: z.number() });
const interval = z.object({ estimate: z.number(), low: z.number().nullable(), high: z.number().nullable() }).nullable();
const spread = { counted: whole, ties: whole, negative: share, positive: share, intervalBelow: share, intervalAbove: share, mean: interval, median: interval };
const effectSummary = z.object({
  effect: z.enum(EFFECTS),
  questions: whole,
  ...spread,
  neverAnswered: z.array(z.string()),
  missing: z.array(z.object({ question: z.string(), models: z.array(z.enum(MODELS)) })),
});
const repeatSpread = z.object({ mean: z.number(), low: z.number(), high: z.number() }).nullable();
const histogram = z.object({
  bins: z.object({ from: z.number(), to: z.number(), width: z.number() }),
  counts: z.array(z.number().min(0)),
  below: z.number().min(0),
  above: z.number().min(0),
});
const repeats = { repeats: whole, questions: whole, negative: repeatSpread, ties: repeatSpread, intervalBelow: repeatSpread, intervalAbove: repeatSpread, histogram };
const count = z.object({ k: whole, n: z.int().min(1) });


const settings = z.object({
  scale: z.enum(SCALES),
  epsilon: z.number().nullable(),
  seed: z.int(),
  draws: z.int().min(1),
  splits: z.int().min(1),
  repeats: z.int().min(1),
});

const { trainSets, training, retriever, environment } = seesawConfigSchema.shape;
const questionChoice = trainSets.element;
const arm = z.object({ arm: z.enum(LEAS_ARMS), seed: z.int() });

/** What was rolled out, without its files. */
export const leasConfigSchema = z.object({
  backbone: z.string(),
  models: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('train'), seeds: z.array(z.int()), totalRank: whole, training, trainSets }),
    z.object({ kind: z.literal('bundled') }),
    z.object({ kind: z.literal('given'), name: z.string(), arms: z.array(arm) }),
  ]),
  sets: z.array(z.object({ label: z.string(), questions: questionChoice, maxQuestions: whole })),
  samples: whole,
  comparisonSamples: whole,
  temperature: z.number(),
  seed: z.int(),
  retriever,
  environment,
  batch: whole,
  provider: z.enum(['webgpu', 'wasm', 'auto']),
  keep: z.boolean(),
});
export type PlainLeasConfig = z.infer<typeof leasConfigSchema>;

const run = z.object({
  seed: z.string().nullable(),
  effects: z.record(z.enum(EFFECTS), effectSummary),
  scales: z.record(z.enum(SCALES), effectSummary),
  hBoth: z.object(spread).nullable(),
  histogram,
  placebo: z.object({ ...repeats, unsplit: whole }),
  worlds: z.array(z.object({ world: z.enum(WORLDS), ...repeats, held: whole, implied: share })),
});

const seedSpread = z.object({ mean: z.number(), deviation: z.number().nullable(), low: z.number(), high: z.number() }).nullable();

const questionCounts = z.object({ question: z.string(), attributes: z.record(z.string(), z.string()), counts: z.partialRecord(z.enum(MODELS), count) });
const setAnalysis = z.object({
  runs: z.array(run),
  seeds: z.object({ seeds: whole, negative: seedSpread, mean: seedSpread, regime: z.enum(REGIMES), reason: z.string() }),
  finding: z.string(),
  caveat: z.string(),
});
const set = z.object({
  label: z.string(),
  /** As the page names it; null for a file of counts. */
  name: z.string().nullable(),
  /** What was asked, in the order in which it was rolled out; empty for a file of counts. */
  questions: z.array(z.object({ id: z.string(), question: z.string(), goldenAnswers: z.array(z.string()), hops: whole.nullable(), supportingTitles: z.array(z.string()) })),
  seeds: z.array(z.object({ seed: z.string().nullable(), questions: z.array(questionCounts) })),
  analysis: setAnalysis,
});

const scores = z.record(z.enum(COMPARED_SCORES), interval.unwrap());
const writer = z.enum(LEAS_WRITERS);
const retrieval = z.enum(RETRIEVALS);
const comparison = z.object({
  rows: z.array(z.object({ set: z.string(), writer, retrieval, questions: whole, seeds: whole, rollouts: whole, scores })),
  pairs: z.array(z.object({ set: z.string(), retrieval, left: writer, right: writer, questions: whole, seeds: whole, differences: scores, bySeed: z.array(z.object({ seed: z.string().nullable(), difference: z.number() })) })),
});

const rollout = z.object({
  set: whole,
  seed: z.int().nullable(),
  writer,
  retrieval,
  question: whole,
  sample: whole,
  reward: z.union([z.literal(0), z.literal(1)]),
  f1: z.number(),
  hit: z.boolean(),
  wellFormed: z.boolean(),
  searches: whole,
  answer: z.string().nullable(),
  spans: z.array(z.object({ role: whole, kind: z.enum(SPAN_KINDS), text: z.string() })),
});

export const leasRecordSchema = z.object({
  format: z.literal(RECORD_FORMAT),
  version: z.literal(RECORD_VERSION),
  kind: z.literal('leas'),
  createdAt: z.iso.datetime(),
  app: z.object({ version: z.string(), commit: z.string() }),
  /** `run`: null where counts were given. `mapping`: other names of models in them. */
  config: z.object({ settings, mapping: z.record(z.string(), z.enum(MODELS)), run: leasConfigSchema.nullable() }),
  /** SHA-256 of the canonical JSON of `config`. */
  configSha256: sha256,
  /** `counts`: of the file of counts, byte by byte, or of the canonical JSON of `sets[].seeds` that were rolled out. */
  hashes: z.object({ counts: sha256, weights: z.string().nullable(), adapters: z.array(arm.extend({ sha256 })) }),
  source: z.object({
    name: z.string(),
    format: z.enum(['csv', 'json-lines', 'rollouts']),
    rows: whole,
    problems: z.array(z.object({ line: whole, reason: z.string() })),
    notes: z.array(z.string()),
    unknownModels: z.array(z.object({ name: z.string(), rows: whole })),
  }),
  /** Null where nothing was rolled out. */
  backbone: z.object({ name: z.string(), parameters: z.number(), quantisation: z.string() }).nullable(),
  device: deviceSchema.nullable(),
  browser: z.string(),
  timings: z.object({ seconds: z.number().min(0) }),
  sets: z.array(set),
  compared: z.array(z.object({ set: z.string(), seed: z.string().nullable(), writer, retrieval, question: z.string(), n: whole, k: whole, f1: z.number(), hits: whole })),
  comparison: comparison.nullable(),
  /** What came when, of the seven models with search: [ms, set, training seed (−1: none), place in LEAS_WRITERS, question, k, n], to be added up. */
  timeline: z.array(z.tuple([z.number(), whole, z.int(), whole, whole, whole, whole])),
  /** Some rollouts of every cell, as they were written. */
  rollouts: z.array(rollout),
  published: z.object({ source: z.string(), shares: z.array(z.object({ backbone: z.string(), dataset: z.string(), negative: z.number() })) }),
});
export type LeasRecord = z.infer<typeof leasRecordSchema>;

export interface LeasRecordInput extends Pick<LeasRecord, 'app' | 'source' | 'backbone' | 'device' | 'browser' | 'timings' | 'timeline' | 'rollouts'> {
  readonly createdAt: Date;
  readonly config: { readonly settings: LeasSettings; readonly mapping: ReadonlyMap<string, (typeof MODELS)[number]>; readonly run: PlainLeasConfig | null };
  /** Bytes of the file of counts; null: they were rolled out. */
  readonly file: Uint8Array<ArrayBuffer> | null;
  readonly hashes: Omit<LeasRecord['hashes'], 'counts'>;
  /** One a set, in the order of the counts. */
  readonly sets: readonly Pick<LeasRecord['sets'][number], 'name' | 'questions'>[];
  readonly counts: ExperimentCounts;
  readonly analysis: ExperimentAnalysis;
}

/** @throws RecordError when the analysis holds what a record cannot */
export async function buildLeasRecord({ createdAt, config, file, hashes, sets, counts, analysis, ...rest }: LeasRecordInput): Promise<LeasRecord> {
  const text = canonicalJson({ ...config, mapping: Object.fromEntries(config.mapping) });
  return parseLeasRecord({
    ...rest,
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    kind: 'leas',
    createdAt: createdAt.toISOString(),
    config: JSON.parse(text) as unknown,
    configSha256: await sha256Hex(text),
    hashes: { ...hashes, counts: await sha256Hex(file ?? canonicalJson(counts.sets.map(({ seeds }) => seeds))) },
    sets: counts.sets.map(({ label, seeds }, index) => ({ label, ...sets[index], seeds, analysis: analysis.sets[index] })),
    compared: counts.compared,
    comparison: analysis.comparison,
    published: { source: `${PUBLISHED_SOURCE.text} (${PUBLISHED_SOURCE.url})`, shares: PUBLISHED_SHARES },
  });
}

/** The counts of a record: what everything else in it follows from. */
export function countsOfRecord({ sets, compared }: LeasRecord): ExperimentCounts {
  return { sets: sets.map(({ label, seeds }) => ({ label, seeds })), compared };
}

/** Reads what `JSON.parse` gave. @throws RecordError with the place and the reason */
export function parseLeasRecord(value: unknown): LeasRecord {
  return readRecord(leasRecordSchema, value);
}

/** @throws RecordError also for what is not JSON (a download that broke off) */
export function parseLeasRecordText(text: string): LeasRecord {
  return parseLeasRecord(recordJson(text));
}
