import { anglesCsv, moduleAnglesCsv } from '../core/angles/csv.ts';
import { decodeGram, encodeGram, GRAM_FORMAT } from '../core/gram/artefact.ts';
import type { SpanGram } from '../core/gram/types.ts';
import { sha256Hex } from '../core/record/canonical-json.ts';
import { buildAngleRecord, gramOfRecord, parseRunRecord, RecordError } from '../core/record/run-record.ts';
import type { ReadRecord } from './files-protocol.ts';
import type { ExportInput } from './ports.ts';

/** A run as one of its files. */
export async function writeRunFile({ kind, gram, analysis, record }: ExportInput): Promise<Blob> {
  switch (kind) {
    case 'gram':
      return new Blob([JSON.stringify(encodeGram(gram))], { type: 'application/json' });
    case 'angles':
      return new Blob([...anglesCsv(gram, analysis)], { type: 'text/csv' });
    case 'modules':
      return new Blob([...moduleAnglesCsv(gram, analysis)], { type: 'text/csv' });
    case 'record':
      return new Blob([JSON.stringify(await buildAngleRecord({ ...record, gram, analysis }))], { type: 'application/json' });
  }
}

/**
 * A run record with its Gram, or a bare Gram. A Gram that the record only refers to is fetched relative to `base`.
 * @throws RecordError or GramError, each with a sentence
 */
export async function readRunFile(blob: Blob, base: string): Promise<{ readonly record: ReadRecord | null; readonly gram: SpanGram }> {
  const value = parseJson(await blob.text());
  if (typeof value === 'object' && value !== null && 'format' in value && value.format === GRAM_FORMAT) return { record: null, gram: decodeGram(value) };
  const parsed = parseRunRecord(value);
  const { gram: reference, ...record } = parsed;
  return { record, gram: gramOfRecord(parsed) ?? (await fetchGram(reference, base)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordError(`The file is not valid JSON, perhaps cut off (${error instanceof Error ? error.message : 'unreadable'}).`);
  }
}

async function fetchGram(reference: object, base: string): Promise<SpanGram> {
  if (!('href' in reference && typeof reference.href === 'string' && 'sha256' in reference)) throw new RecordError('The run record holds no span Gram.');
  const response = await fetch(new URL(reference.href, base));
  if (!response.ok) throw new RecordError(`The span Gram that the record refers to (${reference.href}) could not be read: ${response.status}.`);
  const text = await response.text();
  if ((await sha256Hex(text)) !== reference.sha256) throw new RecordError('The span Gram that the record refers to is not the one that it was made with.');
  return decodeGram(parseJson(text));
}
