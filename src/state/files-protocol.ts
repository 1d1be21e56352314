import type { SpanGram } from '../core/gram/types.ts';
import type { CountsFile } from '../core/leas/counts.ts';
import type { Model } from '../core/leas/models.ts';
import type { LeasRecord } from '../core/leas/record.ts';
import type { RunRecord } from '../core/record/schema.ts';
import type { ExportInput } from './ports.ts';

/** A record without its Gram, which stands beside it decoded. */
export type ReadRecord = Omit<RunRecord, 'gram'>;

export type FilesRequest =
  | { readonly id: number; readonly type: 'read'; readonly blob: Blob; readonly base: string }
  | { readonly id: number; readonly type: 'read-counts'; readonly blob: Blob; readonly mapping: ReadonlyMap<string, Model> }
  | { readonly id: number; readonly type: 'read-leas'; readonly blob: Blob }
  | { readonly id: number; readonly type: 'write'; readonly input: ExportInput };

/** `message`: why no row entered, in one sentence; null where some did. */
export type ReadCounts = CountsFile & { readonly message: string | null };

export type FilesReply =
  | { readonly id: number; readonly type: 'read'; readonly record: ReadRecord | null; readonly gram: SpanGram }
  | { readonly id: number; readonly type: 'counts'; readonly file: ReadCounts }
  | { readonly id: number; readonly type: 'leas'; readonly record: LeasRecord }
  | { readonly id: number; readonly type: 'written'; readonly blob: Blob }
  | { readonly id: number; readonly type: 'refused'; readonly message: string };
