import * as z from 'zod';
import { gramFileSchema, gramModuleSchema, gramSpanSchema, gramTrajectorySchema } from '../gram/artefact.ts';
import { TARGETS } from '../gram/types.ts';
import { DESIGNS, PAIRS } from '../angles/types.ts';
import { ROLES } from '../trajectory/types.ts';
import { RECORD_FORMAT, RECORD_VERSION } from './read-record.ts';

const index = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal');
/** Milliseconds since the run began. */
const at = z.number().min(0);
/** Numbers that may be undefined: JSON has no NaN. */
const numbers = z.array(z.number().nullable());
/** One digit a token. */
const digits = z.string().regex(/^[0-9]*$/, 'not one digit a token');
const tuple3 = <Value extends z.ZodType>(value: Value) => z.object({ RR: value, TT: value, RT: value } satisfies Record<(typeof PAIRS)[number], Value>);

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number(), basis: z.enum(['rollouts', 'draws', 'none']).optional() });
const maybe = <Value extends z.ZodType>(value: Value) => z.union([z.object({ value, reason: z.undefined().optional() }), z.object({ value: z.null(), reason: z.string() })]);
const pairSummary = z.object({
  n: index,
  median: interval.nullable(),
  quantiles: z.object({ q05: z.number(), q25: z.number(), q75: z.number(), q95: z.number() }).nullable(),
  cosine: interval.nullable(),
  noise: interval.nullable(),
});
const band = z.object({ mean: z.array(z.number()), low: z.array(z.number()), high: z.array(z.number()) });

export const angleSettingsSchema = z.object({
  design: z.enum(DESIGNS),
  advantage: z.boolean(),
  reasoning: z.enum(['all', 'think', 'answer']),
  bothCorrect: z.boolean(),
  identical: z.boolean(),
  layer: z.union([index, z.literal('all')]),
  target: z.union([z.enum(TARGETS), z.literal('all')]),
  draws: z.int().min(1),
  seed: z.int(),
});

/** Every series of the analysis as it was shown; lists are plain numbers. */
const analysis = z.object({
  settings: angleSettingsSchema,
  /** Angles column by column: pair names, trajectory indices, degrees. */
  rows: z.object({ pair: z.array(z.enum(PAIRS)), a: z.array(index), b: z.array(index), degrees: z.array(z.number()) }),
  pairs: tuple3(pairSummary),
  counts: tuple3(z.array(index)),
  zoomCounts: tuple3(z.array(index)),
  excluded: z.object({ missingRole: index, zeroGradient: index, identical: index, notBothCorrect: index, noAdvantage: index }),
  isotropic: z.object({ parameters: z.number(), effective: z.number(), sd: z.number(), sdEffective: z.number() }),
  permutation: maybe(z.object({ draws: index, observed: z.number(), band: interval, p: z.number(), bins: band, zoomBins: band })),
  disattenuated: maybe(interval),
  normRatio: maybe(interval),
  jointCosine: maybe(z.object({ reasoning: interval, tool: interval })),
  modules: z.object({ layers: index, targets: z.array(z.enum(TARGETS)), medians: tuple3(numbers) }),
  splitHalf: z.object({ RR: pairSummary, TT: pairSummary }),
  finding: z.string(),
});

const view = z.object({
  id: z.string(),
  group: z.string(),
  question: z.string(),
  goldenAnswers: z.array(z.string()),
  reward: z.number().nullable(),
  pieces: z.array(z.string()),
  /** ROLE_CODE and adapter of each token, one digit a token. */
  roles: digits,
  adapters: digits,
  spans: z.array(z.object({ role: z.enum(ROLES), kind: z.enum(['prompt', 'think', 'answer', 'other', 'tool', 'observation']), start: index, end: index })),
});

const device = z.object({
  vendor: z.string(),
  architecture: z.string(),
  description: z.string(),
  software: z.boolean(),
  features: z.array(z.string()),
  limits: z.record(z.string(), z.number()),
});

/** What happened when, enough to play the run again. */
const timeline = z.object({
  phases: z.array(z.object({ at, phase: z.string(), detail: z.string() })),
  inventoryAt: at,
  progress: z.array(z.object({ at, tokensDone: index, tokensTotal: index, tokensPerSecond: z.number(), secondsLeft: z.number().nullable(), trajectoriesDone: index, gpuBytes: z.number() })),
  /** The group's block held its first `spans` spans from then on (`leadingBlock` of the Gram's block). */
  blocks: z.array(z.object({ at, group: z.string(), spans: index })),
  finishedAt: at.nullable(),
});

export const runRecordSchema = z.object({
  format: z.literal(RECORD_FORMAT),
  version: z.literal(RECORD_VERSION),
  kind: z.literal('angles'),
  createdAt: z.iso.datetime(),
  app: z.object({ version: z.string(), commit: z.string() }),
  config: z.record(z.string(), z.json()),
  /** SHA-256 of the canonical JSON of `config`. */
  configSha256: sha256,
  seeds: z.record(z.string(), z.int()),
  hashes: z.object({ weights: z.string(), data: z.string() }),
  backbone: z.object({ name: z.string(), parameters: z.number(), quantisation: z.string() }),
  device: device.nullable(),
  browser: z.string(),
  timings: z.object({ seconds: z.number().min(0), peakGpuBytes: z.number().min(0) }),
  inventory: z.object({
    views: z.array(view),
    trajectories: z.array(gramTrajectorySchema),
    spans: z.array(gramSpanSchema),
    modules: z.array(gramModuleSchema),
    problems: z.array(z.object({ line: index, reason: z.string() })),
    tokens: index,
  }),
  timeline,
  gram: z.union([z.object({ embedded: gramFileSchema }), z.object({ href: z.string(), sha256 })]),
  analysis,
});
export type RunRecord = z.infer<typeof runRecordSchema>;
export type RecordedAnalysis = RunRecord['analysis'];
