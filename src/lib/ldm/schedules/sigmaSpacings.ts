// Other ways to space out noise levels between a largest and a smallest sigma, and back from sigma to timestep.
import { at } from '../base/at.ts';
import type { SigmaSettings } from '../config/index.ts';
import { betaQuantile } from './betaQuantile.ts';
import { linspace } from './numeric.ts';

/** Even steps in sigma^(1/7) (Karras et al. 2022, equation 5). */
export function karrasSigmas(max: number, min: number, count: number): Float64Array {
  const rho = 7;
  const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
  return linspace(0, 1, count).map((ramp) => (from + ramp * (to - from)) ** rho);
}

/** Even steps in log sigma. */
export function exponentialSigmas(max: number, min: number, count: number): Float64Array {
  return linspace(Math.log(max), Math.log(min), count).map(Math.exp);
}

/** Quantiles of the beta distribution with both parameters 0.6 (Lee et al. 2024, "Beta Sampling is All You Need"). */
export function betaSigmas(max: number, min: number, count: number): Float64Array {
  return linspace(0, 1, count).map((ramp) => min + betaQuantile(1 - ramp, 0.6, 0.6) * (max - min));
}

/** The spacing that the settings ask for, or undefined when it is the sigmas of the timesteps. */
export function respacedSigmas(
  settings: SigmaSettings,
  max: number,
  min: number,
  count: number,
): Float64Array | undefined {
  if (settings.useKarrasSigmas) return karrasSigmas(max, min, count);
  if (settings.useExponentialSigmas) return exponentialSigmas(max, min, count);
  if (settings.useBetaSigmas) return betaSigmas(max, min, count);
  return undefined;
}

/**
 * The (fractional) timestep at which the training schedule has this sigma: linear interpolation in log sigma.
 * @param logSigmas rising, one a training timestep
 */
export function sigmaToTimestep(sigma: number, logSigmas: Float32Array): number {
  const logSigma = Math.log(Math.max(sigma, 1e-10));
  // The last timestep whose sigma is not larger, or 0.
  let low = 0;
  for (let t = 0; t < logSigmas.length; t++) if (logSigma >= logSigmas[t]!) low = t;
  low = Math.max(0, Math.min(low, logSigmas.length - 2));
  const [below, above] = [at(logSigmas, low), at(logSigmas, low + 1)];
  const share = Math.min(Math.max((below - logSigma) / Math.fround(below - above), 0), 1);
  return (1 - share) * low + share * (low + 1);
}
