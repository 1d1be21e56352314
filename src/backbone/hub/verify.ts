import { streamedSha256 } from '../sha256-stream.ts';
import { readBlob } from '../lazy-bytes.ts';
import { SourceError } from './source-error.ts';
import type { KeptFile } from './kept-models.ts';

/** The hub keeps larger files in LFS, which gives their SHA-256; these fit memory. */
const GIT_LIMIT = 32 * 2 ** 20;

/** The name git gives a file's contents: SHA-1 over "blob <size>\0" and the bytes. */
export async function gitOid(blob: Blob, what: string): Promise<string> {
  const header = new TextEncoder().encode(`blob ${blob.size}\0`);
  const bytes = new Uint8Array(header.length + blob.size);
  bytes.set(header);
  bytes.set(await readBlob(blob, 0, blob.size, what), header.length);
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-1', bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Compares a loaded file with what the server's list says of it: its size always, its hash where there is one.
 * @throws SourceError when it is another
 */
export async function verifyFile(blob: Blob, { path, size, sha256, gitOid: oid }: KeptFile, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<void> {
  const damaged = (expected: string, found: string): never => {
    throw new SourceError('damaged', `${path} is not what the server’s list says: ${expected} was expected, and ${found} arrived. It was thrown away.`, 'Press Try again; if it happens again, use another mirror.');
  };
  if (size !== null && blob.size !== size) damaged(`${size} bytes`, `${blob.size}`);
  if (sha256 !== null) {
    const found = await streamedSha256(blob, path, onBytes, signal);
    if (found !== sha256) damaged(`SHA-256 ${sha256.slice(0, 12)}…`, `${found.slice(0, 12)}…`);
    return;
  }
  if (oid !== null && blob.size <= GIT_LIMIT) {
    const found = await gitOid(blob, path);
    if (found !== oid) damaged(`git ${oid.slice(0, 12)}…`, `${found.slice(0, 12)}…`);
  }
  onBytes(blob.size);
}
