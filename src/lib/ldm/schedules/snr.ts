// Signal-to-noise ratio: how much of the picture is left at each timestep.

/** alpha-bar / (1 - alpha-bar). Infinity without noise, 0 without signal. */
export function snr(alphaBar: number): number {
  return alphaBar / (1 - alphaBar);
}

/** lambda_t = log(alpha_t / sigma_t), half the log of the SNR: the time that DPM-Solver steps through. */
export function halfLogSnr(alphaBar: number): number {
  return 0.5 * Math.log(snr(alphaBar));
}

/**
 * The signal and noise parts of x_t = alpha x0 + sigma noise, with alpha^2 + sigma^2 = 1, from sigma/alpha.
 * DPM-Solver's `_sigma_to_alpha_sigma_t`.
 */
export function alphaSigma(ratio: number): { readonly alpha: number; readonly sigma: number } {
  const alpha = 1 / Math.sqrt(ratio * ratio + 1);
  return { alpha, sigma: ratio * alpha };
}
