import type { SpanGram } from '../core/gram/types.ts';
import type { RunRecord } from '../core/record/schema.ts';
import type { ExportInput } from './ports.ts';

/** A record without its Gram, which stands beside it decoded. */
export type ReadRecord = Omit<RunRecord, 'gram'>;

export type FilesRequest = { readonly id: number; readonly type: 'read'; readonly blob: Blob; readonly base: string } | { readonly id: number; readonly type: 'write'; readonly input: ExportInput };

export type FilesReply =
  | { readonly id: number; readonly type: 'read'; readonly record: ReadRecord | null; readonly gram: SpanGram }
  | { readonly id: number; readonly type: 'written'; readonly blob: Blob }
  | { readonly id: number; readonly type: 'refused'; readonly message: string };
