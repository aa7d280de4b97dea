// Euler steps along the probability flow ODE in x = x0 + sigma noise (Karras et al. 2022, algorithm 1 of Euler type).
import { at } from '../base/at.ts';
import type { EulerConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { convertPrediction } from '../diffusion/prediction.ts';
import { eulerSchedule } from '../schedules/sigmas.ts';
import { makeSampler } from './makeSampler.ts';
import type { Sampler } from './types.ts';

export function eulerSampler(config: EulerConfig, numInferenceSteps: number): Sampler {
  const { timesteps, sigmas } = eulerSchedule(config, numInferenceSteps);
  const largest = sigmas.reduce((a, b) => Math.max(a, b));
  const levels = Array.from(sigmas.subarray(0, timesteps.length + 1), (sigma) => ({ alpha: 1, sigma }));

  return makeSampler({
    name: 'euler',
    config,
    timesteps,
    levels,
    initNoiseSigma: config.timestepSpacing === 'leading' ? Math.sqrt(largest * largest + 1) : largest,
    // The model was trained on x of unit variance.
    modelInputScales: timesteps.map((_, index) => 1 / Math.sqrt(at(sigmas, index) ** 2 + 1)),
    step({ index, x, output }) {
      const { predX0, predNoise } = convertPrediction(config.predictionType, x, output, at(levels, index));
      // dx / dsigma = (x - x0) / sigma; so x moves towards x0, and reaches it at sigma = 0.
      const rest = at(sigmas, index + 1) / at(sigmas, index);
      return { next: weightedSum([rest, x], [1 - rest, predX0]), predX0, predNoise };
    },
  });
}
