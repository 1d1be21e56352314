import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../record/canonical-json.ts';
import { RecordError } from '../record/run-record.ts';
import { RECORD_FORMAT, RECORD_VERSION } from '../record/schema.ts';
import { SCALES } from './accuracy.ts';
import type { LeasAnalysis } from './analyse.ts';
import type { CountsFile } from './counts.ts';
import { DESIGN_MODELS, EFFECTS, MODELS } from './models.ts';
import { PUBLISHED_SHARES, PUBLISHED_SOURCE } from './published.ts';
import { REGIMES } from './seeds.ts';
import { WORLDS } from './worlds.ts';

/** The run record of LEAS: the counts and everything that was worked out from them. */

const whole = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal');
const coefficient = z.object({ estimate: z.number(), standardError: z.number().min(0), low: z.number(), high: z.number() });
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

const row = z.object({
  question: z.string(),
  attributes: z.record(z.string(), z.string()),
  counts: z.partialRecord(z.enum(MODELS), count),
  coefficients: z.record(z.enum(EFFECTS), coefficient.nullable()),
  hBoth: z.object({ predicted: z.number(), measured: z.number(), residual: coefficient }).nullable(),
  missing: z.array(z.enum(DESIGN_MODELS)),
  neverAnswered: z.boolean(),
});

const settings = z.object({
  scale: z.enum(SCALES),
  epsilon: z.number().nullable(),
  seed: z.int(),
  draws: z.int().min(1),
  splits: z.int().min(1),
  repeats: z.int().min(1),
});

const run = z.object({
  seed: z.string().nullable(),
  rows: z.array(row),
  effects: z.record(z.enum(EFFECTS), effectSummary),
  scales: z.record(z.enum(SCALES), effectSummary),
  hBoth: z.object(spread).nullable(),
  histogram,
  placebo: z.object({ ...repeats, unsplit: whole }),
  worlds: z.array(z.object({ world: z.enum(WORLDS), ...repeats, held: whole, implied: share })),
});

const seedSpread = z.object({ mean: z.number(), deviation: z.number().nullable(), low: z.number(), high: z.number() }).nullable();

export const leasRecordSchema = z.object({
  format: z.literal(RECORD_FORMAT),
  version: z.literal(RECORD_VERSION),
  kind: z.literal('leas'),
  createdAt: z.iso.datetime(),
  app: z.object({ version: z.string(), commit: z.string() }),
  /** The settings, and other names of models. */
  config: z.object({ settings, mapping: z.record(z.string(), z.enum(MODELS)) }),
  /** SHA-256 of the canonical JSON of `config`. */
  configSha256: sha256,
  /** Of the file of counts, byte by byte. */
  hashes: z.object({ counts: sha256 }),
  source: z.object({
    name: z.string(),
    format: z.enum(['csv', 'json-lines']),
    rows: whole,
    problems: z.array(z.object({ line: whole, reason: z.string() })),
    notes: z.array(z.string()),
    unknownModels: z.array(z.object({ name: z.string(), rows: whole })),
  }),
  runs: z.array(run),
  seeds: z.object({ seeds: whole, negative: seedSpread, mean: seedSpread, regime: z.enum(REGIMES), reason: z.string() }),
  published: z.object({ source: z.string(), shares: z.array(z.object({ backbone: z.string(), dataset: z.string(), negative: z.number() })) }),
  finding: z.string(),
  caveat: z.string(),
});
export type LeasRecord = z.infer<typeof leasRecordSchema>;

export interface LeasRecordInput {
  readonly app: { readonly version: string; readonly commit: string };
  readonly createdAt: Date;
  /** Name of the file of counts and its bytes. */
  readonly file: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };
  readonly mapping: ReadonlyMap<string, LeasRecord['config']['mapping'][string]>;
  readonly counts: CountsFile;
  readonly analysis: LeasAnalysis;
}

/** @throws RecordError when the analysis holds what a record cannot */
export async function buildLeasRecord({ app, createdAt, file, mapping, counts, analysis }: LeasRecordInput): Promise<LeasRecord> {
  const { settings: chosen, runs, seeds, finding, caveat } = analysis;
  const config = canonicalJson({ settings: chosen, mapping: Object.fromEntries(mapping) });
  const { format, rows, problems, notes, unknownModels } = counts;
  return parseLeasRecord({
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    kind: 'leas',
    createdAt: createdAt.toISOString(),
    app,
    config: JSON.parse(config) as unknown,
    configSha256: await sha256Hex(config),
    hashes: { counts: await sha256Hex(file.bytes) },
    source: { name: file.name, format, rows, problems, notes, unknownModels },
    runs,
    seeds,
    published: { source: `${PUBLISHED_SOURCE.text} (${PUBLISHED_SOURCE.url})`, shares: PUBLISHED_SHARES },
    finding,
    caveat,
  });
}

/** Reads what `JSON.parse` gave. @throws RecordError with the place and the reason */
export function parseLeasRecord(value: unknown): LeasRecord {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== RECORD_FORMAT) throw new RecordError(`This is not a Seesaw run record: "format" is not "${RECORD_FORMAT}".`);
  if ('version' in value && typeof value.version === 'number' && value.version > RECORD_VERSION) throw new RecordError(`This run record has version ${value.version}; this page reads version ${RECORD_VERSION}. Open it with a newer Seesaw.`);
  const parsed = leasRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RecordError(`The run record is malformed at ${issue.path.join('.') || 'its root'}: ${issue.message}.`);
}
