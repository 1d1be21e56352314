import { readBlob } from './lazy-bytes.ts';

/** Files up to this size are hashed whole. */
export const WHOLE_FILE_LIMIT = 256 * 2 ** 20;
/** Larger ones by chunks of this size. */
export const CHUNK_BYTES = 64 * 2 ** 20;

function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of bytes in memory, as 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', bytes));
}

/** SHA-256 of a text's UTF-8 bytes. */
export async function sha256Text(text: string): Promise<string> {
  return sha256(new TextEncoder().encode(text));
}

/**
 * SHA-256 of a blob. SubtleCrypto cannot hash a stream, so beyond 256 MiB the result is `chunks-64MiB:` and the SHA-256
 * of the concatenated 32-byte SHA-256 digests of consecutive 64 MiB chunks; at most one chunk is in memory at a time.
 */
export async function sha256Blob(blob: Blob, what = 'The file', limit = WHOLE_FILE_LIMIT, chunk = CHUNK_BYTES): Promise<string> {
  if (blob.size <= limit) return sha256(await readBlob(blob, 0, blob.size, what));
  const digests = new Uint8Array(32 * Math.ceil(blob.size / chunk));
  for (let index = 0; index * chunk < blob.size; index += 1) {
    const bytes = await readBlob(blob, index * chunk, Math.min(blob.size, (index + 1) * chunk), what);
    digests.set(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), 32 * index);
  }
  return `chunks-${chunk / 2 ** 20}MiB:${await sha256(digests)}`;
}
