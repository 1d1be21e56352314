import type { AngleAnalysis, Pair } from '../angles/types.ts';
import { decodeGram, encodeGram } from '../gram/artefact.ts';
import type { GramDtype } from '../gram/artefact.ts';
import type { SpanGram } from '../gram/types.ts';
import type { LineProblem, Span } from '../trajectory/types.ts';
import { canonicalJson, sha256Hex } from './canonical-json.ts';
import { readRecord, RECORD_FORMAT, RECORD_VERSION, RecordError } from './read-record.ts';
import { runRecordSchema } from './schema.ts';
import type { RecordedAnalysis, RunRecord } from './schema.ts';

export { RecordError } from './read-record.ts';

/** A trajectory as it was shown. */
export interface RecordView {
  readonly id: string;
  readonly group: string;
  readonly question: string;
  readonly goldenAnswers: readonly string[];
  readonly reward: number | null;
  readonly pieces: readonly string[];
  readonly roles: Uint8Array;
  readonly adapters: Uint8Array;
  readonly spans: readonly Span[];
}

export interface AngleRecordInput {
  readonly app: { readonly version: string; readonly commit: string };
  readonly createdAt: Date;
  /** What the run was made from; plain data. */
  readonly config: object;
  readonly seeds: Readonly<Record<string, number>>;
  readonly hashes: { readonly weights: string; readonly data: string };
  readonly backbone: { readonly name: string; readonly parameters: number; readonly quantisation: string };
  readonly device: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly software: boolean;
    readonly features: readonly string[];
    readonly limits: Readonly<Record<string, number>>;
  } | null;
  readonly browser: string;
  readonly timings: { readonly seconds: number; readonly peakGpuBytes: number };
  readonly views: readonly RecordView[];
  readonly problems: readonly LineProblem[];
  readonly tokens: number;
  /** Thin out `progress` before it comes here; every `block` event as (at, group, number of spans so far). */
  readonly timeline: RunRecord['timeline'];
  readonly gram: SpanGram;
  /** Where the Gram lies when it is not embedded. */
  readonly gramReference?: { readonly href: string; readonly sha256: string };
  /** f64 keeps every bit; f32 halves the record. */
  readonly dtype?: GramDtype;
  readonly analysis: AngleAnalysis;
}

/**
 * The record of an angle run.
 * @throws GramError when the Gram cannot be written; TypeError when the config holds what JSON cannot
 */
export async function buildAngleRecord(input: AngleRecordInput): Promise<RunRecord> {
  const { gram } = input;
  const config = canonicalJson(input.config);
  const file = encodeGram(gram, input.dtype);
  return parseRunRecord({
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    kind: 'angles',
    createdAt: input.createdAt.toISOString(),
    app: input.app,
    config: JSON.parse(config) as unknown,
    configSha256: await sha256Hex(config),
    seeds: input.seeds,
    hashes: input.hashes,
    backbone: input.backbone,
    device: input.device,
    browser: input.browser,
    timings: input.timings,
    inventory: {
      views: input.views.map((view) => ({ ...view, roles: toDigits(view.roles), adapters: toDigits(view.adapters) })),
      trajectories: file.trajectories,
      spans: file.spans,
      modules: file.modules,
      problems: input.problems,
      tokens: input.tokens,
    },
    timeline: input.timeline,
    gram: input.gramReference === undefined ? { embedded: file } : { href: input.gramReference.href, sha256: input.gramReference.sha256 },
    analysis: recordAnalysis(input.analysis),
  });
}

/** Reads what `JSON.parse` gave. @throws RecordError with the place and the reason. */
export function parseRunRecord(value: unknown): RunRecord {
  const record = readRecord(runRecordSchema, value);
  const { views, trajectories } = record.inventory;
  views.forEach(({ id, pieces, roles, adapters }) => {
    if (roles.length !== pieces.length || adapters.length !== pieces.length) throw new RecordError(`Trajectory ${id} of the run record has ${pieces.length} tokens but ${roles.length} roles and ${adapters.length} adapters.`);
  });
  if (views.length !== trajectories.length) throw new RecordError(`The run record shows ${views.length} trajectories but measured ${trajectories.length}.`);
  return record;
}

/** The span Gram of the record, or null when it is only referenced. @throws GramError when it is malformed. */
export function gramOfRecord(record: RunRecord): SpanGram | null {
  return 'embedded' in record.gram ? decodeGram(record.gram.embedded) : null;
}

/** One digit an entry; every entry below 10. */
export function toDigits(values: Uint8Array): string {
  return Array.from(values, String).join('');
}

export function fromDigits(text: string): Uint8Array {
  return Uint8Array.from(text, (digit) => digit.charCodeAt(0) - 48);
}

function recordAnalysis(analysis: AngleAnalysis): RecordedAnalysis {
  const list = (values: ArrayLike<number>): number[] => Array.from(values);
  const perPair = <Value, Result>(values: Readonly<Record<Pair, Value>>, map: (value: Value) => Result): Record<Pair, Result> => ({ RR: map(values.RR), TT: map(values.TT), RT: map(values.RT) });
  const band = (bins: { readonly mean: Float64Array; readonly low: Float64Array; readonly high: Float64Array }) => ({ mean: list(bins.mean), low: list(bins.low), high: list(bins.high) });
  const { permutation, modules, rows } = analysis;
  return {
    ...analysis,
    rows: { pair: rows.map(({ pair }) => pair), a: rows.map(({ a }) => a), b: rows.map(({ b }) => b), degrees: rows.map(({ degrees }) => degrees) },
    counts: perPair(analysis.counts, list),
    zoomCounts: perPair(analysis.zoomCounts, list),
    permutation: permutation.value === null ? permutation : { value: { ...permutation.value, bins: band(permutation.value.bins), zoomBins: band(permutation.value.zoomBins) } },
    modules: { layers: modules.layers, targets: [...modules.targets], medians: perPair(modules.medians, (values) => Array.from(values, (value) => (Number.isFinite(value) ? value : null))) },
  };
}
