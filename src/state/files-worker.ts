import { parseLeasRecordText } from '../core/leas/record.ts';
import type { FilesReply, FilesRequest } from './files-protocol.ts';
import { readCountsFile } from './leas/counts-file.ts';
import { readRunFile, writeRunFile } from './run-files.ts';

// Records hold tens of megabytes of numbers as text; reading or writing one would hold up the page.
self.addEventListener('message', ({ data }: MessageEvent<FilesRequest>) => {
  void answer(data).then((reply) => self.postMessage(reply));
});

async function answer(request: FilesRequest): Promise<FilesReply> {
  try {
    if (request.type === 'write') return { id: request.id, type: 'written', blob: await writeRunFile(request.input) };
    if (request.type === 'read-counts') return { id: request.id, type: 'counts', file: readCountsFile(await request.blob.text(), request.mapping) };
    if (request.type === 'read-leas') return { id: request.id, type: 'leas', record: parseLeasRecordText(await request.blob.text()) };
    return { id: request.id, type: 'read', ...(await readRunFile(request.blob, request.base)) };
  } catch (error) {
    return { id: request.id, type: 'refused', message: error instanceof Error ? error.message : String(error) };
  }
}
