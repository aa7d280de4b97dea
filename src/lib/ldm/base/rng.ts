/** Seeded random numbers that are the same, bit for bit, on every platform. */

const TWO_POW_MINUS_53 = 2 ** -53;

/** 32-bit finaliser of splitmix32: one well-mixed word per call, from a counter held by the caller. */
function mix32(word: number): number {
  let z = word | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/**
 * Hashes a string to an unsigned 32-bit integer (FNV-1a over UTF-16 code units, then a splitmix32 finaliser).
 *
 * @param text any string
 * @param salt an integer that selects one of many independent hashes
 */
export function hashString(text: string, salt = 0): number {
  let hash = 0x811c9dc5 ^ mix32(salt);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return mix32(hash);
}

/**
 * Natural logarithm from additions, multiplications and divisions only. `Math.log` may differ in the last
 * bit between JavaScript engines; IEEE arithmetic may not.
 *
 * @param x in (0, 1]
 */
function portableLog(x: number): number {
  let exponent = 0;
  let mantissa = x;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent -= 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return 2 * s * sum + exponent * 0.6931471805599453;
}

/** Where a generator is in its stream. Plain values: JSON keeps them exactly. */
export interface RngState {
  readonly key: string;
  /** a, b, c and the counter: 32-bit integers. */
  readonly words: readonly [number, number, number, number];
  /** The second of a pair of normal numbers, not yet handed out. */
  readonly spare: number | null;
}

/**
 * A seeded generator: sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, 128 bits of state).
 *
 * The seed is an integer or a string; `new Rng(1)` and `new Rng('1')` are the same stream.
 */
export class Rng {
  private readonly key: string;
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private spare = Number.NaN;

  /**
   * @param seed a safe integer or any string
   * @throws RangeError when a number is not a safe integer
   */
  constructor(seed: number | string) {
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
      throw new RangeError(`Rng: expected an integer or string seed, got ${seed}; round it or name it first`);
    }
    this.key = String(seed);
    this.a = hashString(this.key, 1) | 0;
    this.b = hashString(this.key, 2) | 0;
    this.c = hashString(this.key, 3) | 0;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** The next unsigned 32-bit integer, 0 to 2**32 - 1. */
  uint32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) * TWO_POW_MINUS_53;
  }

  /**
   * An integer in [0, n), without modulo bias.
   *
   * @param n 1 to 2**32
   * @throws RangeError when n is not an integer in that range
   */
  int(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
      throw new RangeError(
        `Rng.int: expected an integer from 1 to 2**32, got ${n}; pass the number of choices`,
      );
    }
    const limit = 0x100000000 - (0x100000000 % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /**
   * One element of a list, each equally likely.
   *
   * @throws RangeError when the list is empty
   */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('Rng.pick: expected at least one element, got an empty list');
    return list[this.int(list.length)] as T;
  }

  /** A shuffled copy of a list (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = copy[i] as T;
      copy[i] = copy[j] as T;
      copy[j] = held;
    }
    return copy;
  }

  /** A standard normal number (mean 0, variance 1): Marsaglia's polar form of Box-Muller. */
  normal(): number {
    if (!Number.isNaN(this.spare)) {
      const value = this.spare;
      this.spare = Number.NaN;
      return value;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * portableLog(s)) / s);
      this.spare = v * scale;
      return u * scale;
    }
  }

  /** Fills an array with standard normal numbers and returns it. */
  fillNormal(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
    return out;
  }

  /**
   * An independent generator named by this generator's seed and the label. How many numbers were drawn here
   * before does not matter.
   */
  fork(label: number | string): Rng {
    return new Rng(`${this.key}/${label}`);
  }

  /** Everything that `Rng.restore` needs to go on exactly here. */
  state(): RngState {
    return {
      key: this.key,
      words: [this.a, this.b, this.c, this.counter],
      spare: Number.isNaN(this.spare) ? null : this.spare,
    };
  }

  /**
   * A generator that goes on where `state` was taken.
   *
   * @throws RangeError when the state is none
   */
  static restore(state: RngState): Rng {
    const { key, words, spare } = state;
    const [a, b, c, counter] = words;
    const whole = [a, b, c, counter].every((word) => word === (word | 0));
    if (typeof key !== 'string' || !whole || !(spare === null || Number.isFinite(spare))) {
      throw new RangeError(`Rng.restore: expected a state of Rng, got ${JSON.stringify(state)}`);
    }
    const rng = new Rng(key);
    rng.a = a;
    rng.b = b;
    rng.c = c;
    rng.counter = counter;
    rng.spare = spare ?? Number.NaN;
    return rng;
  }
}
