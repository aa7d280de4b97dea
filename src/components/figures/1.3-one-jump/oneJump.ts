// Figure 1.3's numbers: thousands of copies of one value take t small steps, as many take one jump; are they alike?
import {
  densities,
  forwardJump,
  forwardStep,
  histogram,
  kolmogorovSmirnov,
  kolmogorovSmirnovLimit,
  moments,
  type Moments,
  quantiles,
  Rng,
  signalAndNoise,
} from '@noisebook/ldm/numbers';

/** Pixels a side of the two pictures. */
export const SIZE = 64;
export const BINS = 48;
/** Points of the quantile plot. */
const QUANTILES = 60;
/** Copies whose way is drawn, and about how many points each way has. */
const FOLLOWED = 28;
const WAY_POINTS = 90;

export interface Setting {
  readonly betas: Float32Array;
  readonly alphasCumprod: Float32Array;
  readonly t: number;
  readonly seed: number;
  /** The value that all copies start from. */
  readonly start: number;
  readonly count: number;
  /** True: the steps forget to shrink what is there. */
  readonly broken: boolean;
}

export interface Sample extends Moments {
  /** Densities in BINS bins from -range to range. */
  readonly bars: readonly number[];
  /** At equal ranks, ascending. */
  readonly quantiles: readonly number[];
}

export interface Comparison {
  readonly steps: Sample;
  readonly jump: Sample;
  /** What the formula says both should have. */
  readonly theory: Moments;
  /** Kolmogorov-Smirnov, and what chance alone stays below in 19 of 20 comparisons. */
  readonly distance: number;
  readonly limit: number;
  readonly range: number;
  /** Values of some copies after every few steps, the start first. */
  readonly ways: readonly (readonly number[])[];
  readonly t: number;
  readonly start: number;
}

export interface Pictures {
  readonly steps: Float32Array;
  readonly jump: Float32Array;
}

/** Small steps from value to value; yields the number of steps that are done. */
export function* manySteps(
  x: Float32Array,
  { betas, t, broken }: Setting,
  rng: Rng,
  see?: (step: number) => void,
): Generator<number, Float32Array> {
  for (let step = 0; step <= t; step++) {
    forwardStep(x, betas[step] ?? 0, rng, broken ? 1 : undefined);
    see?.(step);
    yield step + 1;
  }
  return x;
}

/** One jump with noise of its own. */
export function oneJump(x0: Float32Array, { alphasCumprod, t }: Setting, rng: Rng): Float32Array {
  const noise = new Float32Array(x0.length);
  rng.fillNormal(noise);
  return forwardJump(x0, noise, signalAndNoise(alphasCumprod[t] ?? 1), noise);
}

/** Both ways for `count` copies of one value. Yields the number of steps that are done. */
export function* compare(setting: Setting): Generator<number, Comparison> {
  const { t, seed, start, count, alphasCumprod, betas, broken } = setting;
  const copies = new Float32Array(count).fill(start);
  const ways = Array.from({ length: FOLLOWED }, () => [start]);
  const every = Math.max(1, Math.round(t / WAY_POINTS));
  const see = (step: number): void => {
    if (step % every !== every - 1 && step !== t) return;
    for (const [i, way] of ways.entries()) way.push(copies[i] ?? 0);
  };
  const jumped = oneJump(copies.slice(), setting, new Rng(seed).fork('leap')).sort();
  yield 0;
  const walked = (yield* manySteps(copies, setting, new Rng(seed).fork('walk'), see)).slice().sort();

  const { alpha, sigma } = signalAndNoise(alphasCumprod[t] ?? 1);
  const theory = { mean: alpha * start, variance: sigma ** 2 };
  // Forgotten shrinking lets the variance grow by every beta.
  const sum = betas.subarray(0, t + 1).reduce((total, beta) => total + beta, 0);
  const widest = Math.max(sigma, broken ? Math.sqrt(sum) : 0);
  const range = Math.max(2.5, Math.ceil(2 * (Math.abs(start) + 3.2 * widest)) / 2);
  const describe = (sorted: Float32Array): Sample => ({
    ...moments(sorted),
    bars: densities(
      histogram(sorted, -range, range, new Uint32Array(BINS)),
      sorted.length,
      (2 * range) / BINS,
    ),
    quantiles: quantiles(sorted, QUANTILES),
  });
  return {
    steps: describe(walked),
    jump: describe(jumped),
    theory,
    distance: kolmogorovSmirnov(walked, jumped),
    limit: kolmogorovSmirnovLimit(count, count),
    range,
    ways,
    t,
    start,
  };
}

/** A whole picture both ways, with the same rule for each of its values. Yields the number of steps that are done. */
export function* bothPictures(x0: Float32Array, setting: Setting): Generator<number, Pictures> {
  const { seed } = setting;
  const jump = oneJump(x0, setting, new Rng(seed).fork('leap of a picture'));
  const steps = yield* manySteps(x0.slice(), setting, new Rng(seed).fork('walk of a picture'));
  return { steps, jump };
}

/** What tools/record/1-3.ts writes: figure 1.3 before it is touched. */
export interface RecordedJump {
  readonly comparison: Comparison;
  readonly seed: number;
  readonly picture: string;
  readonly count: number;
  readonly files: { readonly steps: string; readonly jump: string };
}
