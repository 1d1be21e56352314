import * as z from 'zod';
import { canonicalJson, sha256Hex } from './canonical-json.ts';
import { readRecord, recordJson, RECORD_FORMAT, RECORD_VERSION } from './read-record.ts';
import { deviceSchema, seesawConfigSchema, seesawEventSchema, type PlainSeesawConfig } from './seesaw-schema.ts';

/** The record of a training run: everything that it told, in order. */
export const seesawRecordSchema = z.object({
  format: z.literal(RECORD_FORMAT),
  version: z.literal(RECORD_VERSION),
  kind: z.literal('seesaw'),
  createdAt: z.iso.datetime(),
  app: z.object({ version: z.string(), commit: z.string() }),
  config: seesawConfigSchema,
  /** SHA-256 of the canonical JSON of `config`. */
  configSha256: z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal'),
  seeds: z.array(z.int()),
  hashes: z.object({ weights: z.string(), data: z.string() }),
  backbone: z.object({ name: z.string(), parameters: z.number(), quantisation: z.string() }),
  device: deviceSchema.nullable(),
  browser: z.string(),
  timings: z.object({ seconds: z.number().min(0), peakGpuBytes: z.number().min(0) }),
  events: z.array(seesawEventSchema),
});
export type SeesawRecord = z.infer<typeof seesawRecordSchema>;

export interface SeesawRecordInput extends Pick<SeesawRecord, 'app' | 'hashes' | 'backbone' | 'device' | 'browser' | 'timings'> {
  readonly createdAt: Date;
  readonly config: PlainSeesawConfig;
  /** In order of time; each as it was told. */
  readonly events: readonly { readonly type: string; readonly at: number }[];
}

/** Progress and counted phases are told many times a second; a record keeps about this many of each. */
const MOST = 200;

/** @throws RecordError for events that are none */
export async function buildSeesawRecord({ createdAt, config, events, ...rest }: SeesawRecordInput): Promise<SeesawRecord> {
  const text = canonicalJson(config);
  return parseSeesawRecord({
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    kind: 'seesaw',
    createdAt: createdAt.toISOString(),
    ...rest,
    config: JSON.parse(text) as unknown,
    configSha256: await sha256Hex(text),
    seeds: config.seeds,
    events: thinned(events).map(compact),
  });
}

/** Reads what `JSON.parse` gave. @throws RecordError with the place and the reason */
export function parseSeesawRecord(value: unknown): SeesawRecord {
  return readRecord(seesawRecordSchema, value);
}

/** @throws RecordError also for what is not JSON (a download that broke off) */
export function parseSeesawRecordText(text: string): SeesawRecord {
  return parseSeesawRecord(recordJson(text));
}

/** The record as text: what JSON cannot hold is null. */
export function seesawRecordText(record: SeesawRecord): string {
  return JSON.stringify(record);
}

/** The event types whose many copies say little; steps and evaluations are all kept. */
function thinned<Event extends { readonly type: string }>(events: readonly Event[]): Event[] {
  const kept = new Set<Event>();
  for (const type of ['progress', 'phase']) {
    const own = events.filter((event) => event.type === type && !(type === 'phase' && 'fraction' in event && event.fraction === null));
    const every = Math.ceil(own.length / MOST);
    own.forEach((event, index) => (index % every === 0 || index === own.length - 1) && kept.add(event));
  }
  return events.filter((event) => (event.type !== 'progress' && event.type !== 'phase') || kept.has(event) || ('fraction' in event && event.fraction === null));
}

/** Plain data with numbers of six significant digits; whole numbers stay whole, and what JSON cannot hold becomes null. */
export function compact(value: unknown): unknown {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value;
    return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  }
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, compact(entry)]));
  return value;
}
