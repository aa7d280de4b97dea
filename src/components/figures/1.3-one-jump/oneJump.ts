// Figure 1.3's numbers: thousands of copies of one value take t small steps, as many take one jump; are they alike?
import { rounded } from '../../../writing/numbers.ts';
import * as v from 'valibot';
import {
  densities,
  forwardJump,
  forwardStep,
  histogram,
  kolmogorovSmirnov,
  kolmogorovSmirnovLimit,
  moments,
  quantiles,
  Rng,
  signalAndNoise,
} from '@noisebook/ldm/numbers';

const BINS = 48;
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

const spread = { mean: v.number(), variance: v.number() };
const sample = v.object({
  ...spread,
  /** Densities in BINS bins from -range to range. */
  bars: v.array(v.number()),
  /** At equal ranks, ascending. */
  quantiles: v.array(v.number()),
});

export const comparison = v.object({
  steps: sample,
  jump: sample,
  /** What the formula says both should have. */
  theory: v.object(spread),
  /** Kolmogorov-Smirnov, and what chance alone stays below in 19 of 20 comparisons. */
  distance: v.number(),
  limit: v.number(),
  range: v.number(),
  /** Values of some copies after every few steps, the start first. */
  ways: v.array(v.array(v.number())),
  t: v.number(),
  start: v.number(),
});
export type Comparison = v.InferOutput<typeof comparison>;

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
    // As many digits as a drawing shows.
    for (const [i, way] of ways.entries()) way.push(rounded(copies[i]!, 3));
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
  const describe = (sorted: Float32Array): Comparison['steps'] => ({
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
