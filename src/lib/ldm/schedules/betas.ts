// Noise schedules: beta_t, the share of variance that is replaced by noise from step t - 1 to t.
// float32, rounded as in diffusers, since everything else follows from these numbers.
import type { BetaSettings } from '../config/index.ts';
import { linspaceFloat32 } from './numeric.ts';

/** T betas, before any rescaling to zero terminal SNR (see alphas.ts). */
export function makeBetas(settings: BetaSettings): Float32Array {
  const { numTrainTimesteps: count, betaStart, betaEnd, trainedBetas } = settings;
  if (trainedBetas) return Float32Array.from(trainedBetas);
  switch (settings.betaSchedule) {
    case 'linear':
      return linspaceFloat32(betaStart, betaEnd, count);
    case 'scaled_linear':
      // Stable Diffusion's: linear in the square root.
      return linspaceFloat32(betaStart ** 0.5, betaEnd ** 0.5, count).map((root) => root * root);
    case 'sigmoid': {
      // GeoDiff's.
      const { fround } = Math;
      const sigmoid = linspaceFloat32(-6, 6, count).map((x) => 1 / (1 + Math.exp(-x)));
      return sigmoid.map((share) => fround(share * fround(betaEnd - betaStart)) + fround(betaStart));
    }
    case 'squaredcos_cap_v2':
      // Nichol & Dhariwal 2021, equation 17.
      return betasForAlphaBar(count, (t) => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2);
    case 'laplace':
      return betasForAlphaBar(count, (t) => {
        const sign = Object.is(0.5 - t, -0) || 0.5 - t < 0 ? -1 : 1;
        const snr = Math.exp(-0.5 * sign * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6));
        return Math.sqrt(snr / (1 + snr));
      });
  }
}

/** The betas whose cumulative product follows `alphaBar(t)`, t from 0 to 1; at most 0.999 each. */
function betasForAlphaBar(count: number, alphaBar: (t: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999),
  );
}
