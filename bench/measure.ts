// Timing: warm-up, then contenders in turn, so that whatever else the machine does falls on all of them alike.

/** What a series of timings comes to, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

/** @throws when there are no timings */
export function summarize(times: readonly number[]): Timing {
  if (times.length === 0) throw new Error('summarize: expected at least one timing, came none.');
  const sorted = [...times].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half]!;
  const median = sorted.length % 2 === 1 ? upper : (sorted[half - 1]! + upper) / 2;
  return {
    median: rounded(median),
    min: rounded(sorted[0]!),
    max: rounded(sorted.at(-1)!),
    rounds: sorted.length,
  };
}

/** One thing to time; done when its result has been read back. */
export type Contender = () => Promise<unknown>;

/** Times contenders in turn: a, b, a, b, ... after `warmUp` rounds that do not count. */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  options: { rounds: number; warmUp: number },
): Promise<Record<Name, Timing>> {
  const names = Object.keys(contenders) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -options.warmUp; round < options.rounds; round++) {
    for (const name of names) {
      const started = performance.now();
      await contenders[name]();
      if (round >= 0) times.get(name)?.push(performance.now() - started);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarize(times.get(name) ?? [])])) as Record<
    Name,
    Timing
  >;
}

/** max |a - b| / max |b|: how far `a` is from the reference `b`. @throws when they differ in length or hold no number */
export function relativeError(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`relativeError: expected ${b.length} values, came ${a.length}.`);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    if (!Number.isFinite(distance))
      throw new Error(`relativeError: value ${i} is ${a[i]!} against ${b[i]!}.`);
    difference = Math.max(difference, distance);
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return difference / largest;
}
