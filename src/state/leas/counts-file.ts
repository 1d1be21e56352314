import { CountsError, readCounts } from '../../core/leas/counts.ts';
import type { Model } from '../../core/leas/models.ts';
import type { ReadCounts } from '../files-protocol.ts';

/** Reads counts; a file whose models all have other names is read too, so that these can be told. @throws CountsError for any other file without counts */
export function readCountsFile(text: string, mapping: ReadonlyMap<string, Model>): ReadCounts {
  try {
    return { ...readCounts(text, mapping), message: null };
  } catch (error) {
    if (!(error instanceof CountsError) || error.unknownModels.length === 0) throw error;
    return { format: /^\uFEFF?\s*\{/.test(text) ? 'json-lines' : 'csv', seeds: [], rows: 0, problems: [], notes: [], unknownModels: error.unknownModels, message: error.message };
  }
}

const COLUMNS = ['question', 'model', 'k', 'n'];

/** Whether a file that begins like this holds counts of LEAS. */
export function looksLikeCounts(head: string): boolean {
  const first = head
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .find((line) => line.trim() !== '' && !line.startsWith('#'));
  if (first === undefined) return false;
  if (first.trimStart().startsWith('{')) return COLUMNS.every((name) => new RegExp(`"${name}"\\s*:`, 'i').test(first));
  const cells = first.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, '').toLowerCase());
  return COLUMNS.every((name) => cells.includes(name));
}
