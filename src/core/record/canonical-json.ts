/**
 * Canonical JSON: keys sorted by UTF-16 code units, no white space, numbers as JSON.stringify writes them (RFC 8785 for
 * what JSON can hold), so that equal values have equal text and one hash. Keys with the value undefined are left out.
 * @throws TypeError for what JSON cannot hold: NaN, infinities, functions, undefined inside a list
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold.`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return `[${list.map((entry, index) => write(entry, `${path}[${index}]`)).join(',')}]`;
  }
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`${path} is not plain data.`);
    const entries = Object.entries(value as Record<string, unknown>).filter(([, entry]) => entry !== undefined);
    entries.sort(([x], [y]) => (x < y ? -1 : x > y ? 1 : 0));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${write(entry, `${path}.${key}`)}`).join(',')}}`;
  }
  throw new TypeError(`${path} is a ${typeof value}, which JSON cannot hold.`);
}

/** SHA-256 in lower-case hexadecimal; text is hashed as UTF-8. Needs a secure context in a browser. */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
