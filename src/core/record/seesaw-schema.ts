import * as z from 'zod';

/** What a training run is made from and tells, as files hold it: run records and checkpoints. Blobs are named only. */

const index = z.int().min(0);
/** JSON has no NaN: null. */
const real = z.number().nullable().transform((value) => value ?? Number.NaN);
const reals = z.array(real);
/** Milliseconds since the run began. */
const at = z.number().min(0);

const file = z.object({ kind: z.literal('file'), name: z.string() });
const questionChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bundled'), name: z.string() }),
  file,
  z.object({ kind: z.literal('asked'), question: z.string(), goldenAnswers: z.array(z.string()) }),
]);
const retrieverChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bundled'), corpus: z.string() }),
  file,
  z.object({ kind: z.literal('stored'), name: z.string() }),
  z.object({ kind: z.literal('server'), url: z.string(), timeoutMs: z.number(), retries: z.number() }),
]);

export const armSchema = z.object({
  id: z.string().min(1).max(80),
  label: z.string(),
  description: z.string(),
  abilities: z.array(z.enum(['reasoning', 'tool', 'think', 'answer'])),
  adapters: index,
  rank: index,
  adapterOf: z.array(index),
  mask: z.array(z.array(z.union([z.literal(0), z.literal(1)]))),
  routing: z.enum(['ability', 'halves', 'shuffled']),
  surgery: z.enum(['none', 'pcgrad']),
  agents: z.boolean(),
  trained: z.boolean(),
});

const tag = z.object({ open: z.string(), close: z.string() });

export const seesawConfigSchema = z.object({
  backbone: z.string(),
  arms: z.array(armSchema),
  seeds: z.array(z.int()),
  objective: z.discriminatedUnion('kind', [z.object({ kind: z.literal('grpo') }), z.object({ kind: z.literal('supervised'), name: z.string() })]),
  training: z.object({
    steps: index,
    questions: index,
    samples: index,
    temperature: z.number(),
    rates: z.array(z.number()),
    adam: z.object({ beta1: z.number(), beta2: z.number(), epsilon: z.number(), decay: z.number() }),
    clipNorm: z.number(),
    warmUp: index,
    schedule: z.enum(['constant', 'cosine']),
    denominator: z.enum(['sum', 'response', 'ability']),
    clipRatio: z.number(),
    kl: z.number(),
    epochs: index,
    microBatchTokens: index,
  }),
  trainSets: z.array(questionChoice),
  retriever: retrieverChoice,
  environment: z.object({
    dialect: z.enum(['world', 'search-r1', 'qwen']),
    tags: z.object({ think: tag, search: tag, information: tag, answer: tag }),
    thinking: z.boolean().optional(),
    maxSearches: index,
    maxTurnTokens: index,
    maxTokens: index,
    maxObservationTokens: index,
    topK: index,
  }),
  evaluation: z.object({ questions: questionChoice, maxQuestions: index, samples: index, every: index, seed: z.int() }),
  batch: index,
  provider: z.enum(['webgpu', 'wasm', 'auto']),
  checkpointEvery: index,
});
/** A configuration without its files. */
export type PlainSeesawConfig = z.infer<typeof seesawConfigSchema>;

export const runIdSchema = z.object({ arm: z.string(), seed: z.int() });

export const stepReportSchema = z.object({
  step: index,
  reward: real,
  hit: real,
  wellFormed: real,
  live: real,
  searches: real,
  length: real,
  entropy: real,
  losses: reals,
  gradients: z.object({ norms: z.array(reals), leakage: z.array(z.array(z.number().nullable())), angle: z.number().nullable() }),
  norm: real,
  kl: real,
  clipFraction: real,
  ratioError: real,
  rate: real,
  tokens: z.object({ rollout: z.number(), reencoded: z.number(), trained: z.number() }),
  time: z.object({ rollout: z.number(), forward: z.number(), backward: z.number(), optimiser: z.number() }),
});

const measured = z.object({ value: real, error: z.number().nullable() });
const perQuestion = z.array(z.number());

export const evaluationPointSchema = z.object({
  step: index,
  evaluation: z.object({
    rollouts: index,
    exactMatch: measured,
    f1: measured,
    toolSkill: measured,
    reasoningSkill: measured.nullable(),
    byHops: z.array(z.object({ hops: index, exactMatch: measured })),
    wellFormed: real,
    searches: real,
    perQuestion: z.object({ exactMatch: perQuestion, f1: perQuestion, toolSkill: perQuestion, reasoningSkill: perQuestion.nullable() }),
    milliseconds: z.number(),
  }),
});

const failure = z.object({ message: z.string(), remedy: z.string() });
const phase = z.enum(['load', 'corpus', 'session', 'train', 'evaluate', 'finished']);
const provider = z.enum(['webgpu', 'wasm']);

export const deviceSchema = z.object({
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  software: z.boolean(),
  features: z.array(z.string()),
  limits: z.record(z.string(), z.number()),
});

/** Everything that a training run tells and a record keeps: all but the adapters' files. */
export const seesawEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), at, phase, detail: z.string(), fraction: z.number().nullable() }),
  z.object({ type: z.literal('device'), at, device: deviceSchema }),
  z.object({
    type: z.literal('ready'),
    at,
    backbone: z.object({ name: z.string(), parameters: z.number(), quantisation: z.string(), sha256: z.string() }),
    provider: z.object({ provider, measured: z.array(z.object({ provider, millisecondsPerStep: z.number() })), reason: z.string() }),
    retriever: z.string(),
    trainQuestions: index,
    evaluationQuestions: index,
    parameters: z.array(index),
    dataSha256: z.string(),
    problems: z.array(z.object({ line: index, reason: z.string() })),
    notes: z.array(z.string()),
  }),
  z.object({ type: z.literal('run-started'), at, run: runIdSchema, step: index }),
  z.object({ type: z.literal('step'), at, run: runIdSchema, report: stepReportSchema }),
  z.object({ type: z.literal('evaluation'), at, run: runIdSchema, point: evaluationPointSchema }),
  z.object({ type: z.literal('frozen'), at, run: runIdSchema, step: index, adapters: z.array(index) }),
  z.object({ type: z.literal('checkpoint'), at, run: runIdSchema, step: index, bytes: z.number() }),
  z.object({ type: z.literal('checkpoint-failed'), at, run: runIdSchema, failure }),
  z.object({ type: z.literal('run-finished'), at, run: runIdSchema }),
  z.object({ type: z.literal('recovered'), at, run: runIdSchema, step: index, reason: z.string() }),
  z.object({ type: z.literal('progress'), at, done: index, total: index, secondsLeft: z.number().nullable(), tokensPerSecond: z.number(), gpuBytes: z.number() }),
  z.object({ type: z.literal('paused'), at }),
  z.object({ type: z.literal('resumed'), at }),
  z.object({ type: z.literal('cancelled'), at }),
  z.object({ type: z.literal('finished'), at, seconds: z.number(), peakGpuBytes: z.number() }),
  z.object({ type: z.literal('failed'), at, failure }),
]);
