// The forward process on plain arrays (Ho et al. 2020): a picture becomes noise, in one jump or in many small steps.
import type { Rng } from '../base/rng.ts';

/**
 * How much of the picture and how much noise are in x = alpha x0 + sigma noise. In a diffusion model's x_t
 * alpha^2 + sigma^2 = 1; in flow matching alpha + sigma = 1; for Euler's x, alpha is 1.
 */
export interface NoiseLevel {
  /** What the picture is multiplied with: sqrt(alpha-bar_t). */
  readonly alpha: number;
  /** What the noise is multiplied with: sqrt(1 - alpha-bar_t). */
  readonly sigma: number;
}

/** The two factors of the jump to a noise level. @param alphaBar from 0 (only noise) to 1 (only picture) */
export function signalAndNoise(alphaBar: number): NoiseLevel {
  return { alpha: Math.sqrt(alphaBar), sigma: Math.sqrt(1 - alphaBar) };
}

/**
 * One jump: x_t = sqrt(alpha-bar_t) x_0 + sqrt(1 - alpha-bar_t) eps (equation 4).
 * @param x0 values of the picture, usually in [-1, 1], in any order
 * @param noise eps: as many standard normal numbers
 * @param out is filled and returned; x0 itself is allowed
 * @throws RangeError when the lengths differ
 */
export function forwardJump(
  x0: Float32Array,
  noise: Float32Array,
  { alpha, sigma }: NoiseLevel,
  out = new Float32Array(x0.length),
): Float32Array {
  if (noise.length !== x0.length || out.length !== x0.length) {
    throw new RangeError(
      `forwardJump: expected one noise value and one place for each of ${x0.length} values, ` +
        `got ${noise.length} and ${out.length}`,
    );
  }
  for (let i = 0; i < x0.length; i++) out[i] = alpha * x0[i]! + sigma * noise[i]!;
  return out;
}

/**
 * One small step, in place: x_t = sqrt(1 - beta_t) x_(t-1) + sqrt(beta_t) eps (equation 2), with fresh noise.
 * @param keep what x_(t-1) is multiplied with; anything but the default breaks the process
 */
export function forwardStep(
  x: Float32Array,
  beta: number,
  rng: Rng,
  keep = Math.sqrt(1 - beta),
): Float32Array {
  const add = Math.sqrt(beta);
  for (let i = 0; i < x.length; i++) x[i] = keep * x[i]! + add * rng.normal();
  return x;
}
