// Figure 1.1's numbers: a picture's values at one timestep, how they are spread, and what the screen can't show of them.
import {
  densities,
  forwardJump,
  histogram,
  moments,
  type Moments,
  type NoiseLevel,
  Rng,
  signalAndNoise,
} from '@noisebook/ldm/numbers';

/** Pixels a side of the picture. */
export const SIZE = 128;
/** The histogram's range; beyond lie 6 in 100,000 values of standard normal noise. */
export const RANGE = 4;
export const BINS = 100;

/** One timestep of one picture. */
export interface Noised extends Moments {
  readonly level: NoiseLevel;
  /** x_t */
  readonly x: Float32Array;
  /** Densities in BINS bins from -RANGE to RANGE. */
  readonly bars: readonly number[];
  /** Share of the values outside [-1, 1], 0 to 1. */
  readonly outside: number;
}

/** As much noise as a picture has values. The same seed gives the same noise. */
export function noiseFor(length: number, seed: number): Float32Array {
  return new Rng(seed).fillNormal(new Float32Array(length));
}

/** @param out the array to reuse for x_t */
export function noised(
  x0: Float32Array,
  noise: Float32Array,
  alphaBar: number,
  out?: Float32Array<ArrayBuffer>,
): Noised {
  const level = signalAndNoise(alphaBar);
  const x = forwardJump(x0, noise, level, out);
  const counts = histogram(x, -RANGE, RANGE, new Uint32Array(BINS));
  let outside = 0;
  for (const value of x) if (value < -1 || value > 1) outside += 1;
  return {
    level,
    x,
    bars: densities(counts, x.length, (2 * RANGE) / BINS),
    outside: outside / x.length,
    ...moments(x),
  };
}

/** What tools/record/1-1.ts writes: figure 1.1 before it is touched. */
export interface RecordedNoise extends Moments {
  readonly t: number;
  readonly seed: number;
  readonly picture: string;
  readonly bars: readonly number[];
  readonly outside: number;
  readonly files: { readonly signal: string; readonly noise: string; readonly sum: string };
}
