// alpha-bar_t, the share of the signal's variance that is left at timestep t, and the sigmas that follow from it.
import { at, last } from '../base/at.ts';
import type { BetaSettings } from '../config/index.ts';
import { makeBetas } from './betas.ts';

/** Cumulative products of 1 - beta: alphasCumprod[t] for t = 0 ... T - 1, falling from almost 1. float32. */
export function makeAlphasCumprod(settings: BetaSettings): Float32Array {
  const betas = makeBetas(settings);
  return cumulativeAlphas(settings.rescaleBetasZeroSnr ? rescaleZeroTerminalSnr(betas) : betas);
}

/** Products in float64, each rounded to float32, as PyTorch does it. */
export function cumulativeAlphas(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= Math.fround(1 - beta)));
}

/** Betas that leave no signal at the last timestep (Lin et al. 2023, algorithm 1). */
export function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const { fround } = Math;
  const roots = cumulativeAlphas(betas).map((alphaBar) => Math.sqrt(alphaBar));
  const [first, final] = [at(roots, 0), last(roots)];
  const scale = fround(first / fround(first - final));
  const alphaBars = roots.map((root) => fround(root - final) * scale).map((root) => root * root);
  return alphaBars.map((alphaBar, t) => 1 - fround(t === 0 ? alphaBar : alphaBar / at(alphaBars, t - 1)));
}

/**
 * sigma_t = sqrt((1 - alpha-bar) / alpha-bar), the noise per unit of signal, for the samplers that work in it.
 * A last alpha-bar of 0 becomes 2^-24 there, so that sigma stays finite.
 */
export function makeSigmas(settings: BetaSettings): Float32Array {
  return sigmasOf(makeSolverAlphas(settings));
}

/** alpha-bar as Euler and DPM-Solver use it: never 0. */
export function makeSolverAlphas(settings: BetaSettings): Float32Array {
  const alphasCumprod = makeAlphasCumprod(settings);
  if (settings.rescaleBetasZeroSnr) alphasCumprod[alphasCumprod.length - 1] = 2 ** -24;
  return alphasCumprod;
}

function sigmasOf(alphasCumprod: Float32Array): Float32Array {
  const { fround } = Math;
  return alphasCumprod.map((alphaBar) => Math.sqrt(fround(fround(1 - alphaBar) / alphaBar)));
}
