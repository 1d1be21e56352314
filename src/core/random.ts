/**
 * A seeded generator: the same seed and stream names give the same bits on every machine. xoshiro128** (Blackman and
 * Vigna) on four 32-bit words, seeded with splitmix32 from the seed and the path of stream names. A stream is derived
 * from names alone, never from how much of its parent was used, so that adding a draw in one place changes no other.
 */
export class Random {
  readonly #seed: number;
  readonly #path: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare: number | null = null;

  /** @param seed any safe integer; its low 53 bits count. @throws RangeError for anything else. */
  constructor(seed: number, path = '') {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed must be a whole number, not ${seed}.`);
    this.#seed = seed;
    this.#path = path;
    const mix = splitmix32(hash32(`${seed}${path}`));
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
    this.#d = mix();
    // The all-zero state is the one fixed point of the generator.
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1;
  }

  /** A generator with exactly this state, for comparison with the reference implementation. */
  static fromState(state: readonly [number, number, number, number]): Random {
    const random = new Random(0);
    [random.#a, random.#b, random.#c, random.#d] = state.map((word) => word >>> 0) as [number, number, number, number];
    return random;
  }

  /** The stream of this name, independent of its siblings and of what was drawn here before. */
  stream(name: string | number): Random {
    // The length prefix keeps ('a','b') apart from ('ab').
    const text = String(name);
    return new Random(this.#seed, `${this.#path}/${text.length}:${text}`);
  }

  /** The next 32 bits as an integer in [0, 2³²). */
  bits(): number {
    const five = Math.imul(this.#b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** Uniform integer in [0, bound), without modulo bias. @throws RangeError unless 1 ≤ bound ≤ 2³². */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 4_294_967_296) throw new RangeError(`No integer below ${bound}.`);
    const limit = 4_294_967_296 - (4_294_967_296 % bound);
    let value = this.bits();
    while (value >= limit) value = this.bits();
    return value % bound;
  }

  /** Fisher–Yates in place; returns its argument. */
  shuffle<List extends { [index: number]: unknown; readonly length: number }>(list: List): List {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = list[i];
      list[i] = list[j];
      list[j] = held;
    }
    return list;
  }

  /** `size` different integers of [0, bound), ascending. @throws RangeError when size > bound. */
  subset(bound: number, size: number): number[] {
    if (size > bound) throw new RangeError(`No ${size} different integers below ${bound}.`);
    const all = Array.from({ length: bound }, (_, index) => index);
    for (let i = 0; i < size; i++) {
      const j = i + this.integer(bound - i);
      const held = all[i];
      all[i] = all[j];
      all[j] = held;
    }
    return all.slice(0, size).sort((x, y) => x - y);
  }

  /**
   * Standard normal by the polar method. The uniforms are bit-identical everywhere; Math.log may differ in its last
   * bit between JavaScript engines, so normals agree to about 1e-15 across browsers and exactly within one.
   */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }
}

/** FNV-1a over UTF-16 code units with a final avalanche: names to 32 bits. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) | 0;
  };
}
