import type * as z from 'zod';

/** The run record: one JSON from which a run can be shown, checked and played again (SPEC section 8). */
export const RECORD_FORMAT = 'seesaw.run';
export const RECORD_VERSION = 1;

export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** Reads what `JSON.parse` gave. @throws RecordError with the place and the reason */
export function readRecord<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== RECORD_FORMAT) throw new RecordError(`This is not a Seesaw run record: "format" is not "${RECORD_FORMAT}".`);
  if ('version' in value && typeof value.version === 'number' && value.version > RECORD_VERSION) throw new RecordError(`This run record has version ${value.version}; this page reads version ${RECORD_VERSION}. Open it with a newer Seesaw.`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RecordError(`The run record is malformed at ${issue.path.join('.') || 'its root'}: ${issue.message}.`);
}

/** The JSON of a record's text. @throws RecordError for what is not JSON (a download that broke off) */
export function recordJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordError(`The run record is not valid JSON, perhaps cut off (${error instanceof Error ? error.message : 'unreadable'}).`);
  }
}
