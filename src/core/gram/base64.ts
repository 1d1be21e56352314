/** Base64 of bytes, in pieces that fit an argument list. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  // A multiple of 3, so that no piece is padded.
  const step = 24_576;
  for (let at = 0; at < bytes.length; at += step) parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + step))));
  return parts.join('');
}

/** Bytes of base64. @throws Error for characters or a length that base64 has not. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
