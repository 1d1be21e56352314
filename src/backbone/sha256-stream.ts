import { readBlob } from './lazy-bytes.ts';

/** Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2). */
const K = Int32Array.from({ length: 64 }, (_, index) => fraction(Math.cbrt(prime(index))));
/** … and of the square roots of the first eight (section 5.3.3). */
const INITIAL = Int32Array.from({ length: 8 }, (_, index) => fraction(Math.sqrt(prime(index))));

function prime(index: number): number {
  let found = 1;
  for (let left = index; left >= 0; left -= 1) {
    do found += 1;
    while (Array.from({ length: Math.floor(Math.sqrt(found)) - 1 }, (_, i) => i + 2).some((divisor) => found % divisor === 0));
  }
  return found;
}

/** The first 32 bits behind the point; a double has 53, and the roots need at most 5 before it. */
function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
}

const BLOCK = 64;

/**
 * SHA-256 of bytes that come one after another. SubtleCrypto wants a file whole in memory, which for a model is up to
 * 2 GB; the sums that the hub publishes are of whole files, so sha256.ts, which hashes chunks, cannot be compared with them.
 */
export class Sha256 {
  readonly #state = Int32Array.from(INITIAL);
  readonly #words = new Int32Array(64);
  readonly #rest = new Uint8Array(BLOCK);
  #filled = 0;
  #length = 0;

  update(bytes: Uint8Array): this {
    let at = 0;
    this.#length += bytes.length;
    if (this.#filled > 0) {
      at = Math.min(BLOCK - this.#filled, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < BLOCK) return this;
      this.#block(this.#rest, 0);
      this.#filled = 0;
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#block(bytes, at);
    this.#rest.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
    return this;
  }

  /** 64 hexadecimal digits; nothing can be added afterwards. */
  hex(): string {
    const length = this.#length;
    const tail = new Uint8Array((this.#filled < 56 ? 64 : 128) - this.#filled);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(length / 2 ** 29));
    view.setUint32(tail.length - 4, (length * 8) % 2 ** 32);
    this.update(tail);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #block(bytes: Uint8Array, at: number): void {
    const w = this.#words;
    for (let i = 0; i < 16; i += 1) {
      const p = at + 4 * i;
      w[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const state = this.#state;
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => {
      state[index] = (state[index] + value) | 0;
    });
  }
}

/** Read at a time while hashing. */
const STEP = 4 * 2 ** 20;

/** SHA-256 of a whole blob, 4 MiB of it in memory at a time; `onBytes` hears how many each step took. */
export async function streamedSha256(blob: Blob, what: string, onBytes: (bytes: number) => void = () => undefined, signal?: AbortSignal): Promise<string> {
  const hash = new Sha256();
  for (let at = 0; at < blob.size; at += STEP) {
    signal?.throwIfAborted();
    const bytes = await readBlob(blob, at, Math.min(blob.size, at + STEP), what);
    hash.update(bytes);
    onBytes(bytes.length);
  }
  return hash.hex();
}
