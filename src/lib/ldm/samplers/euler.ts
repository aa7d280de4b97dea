// Euler steps along the probability flow ODE in x = x0 + sigma noise (Karras et al. 2022, algorithm 1 of Euler type).
import { at } from '../base/at.ts';
import type { EulerConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { addNoise, convertPrediction, type NoiseLevel } from '../diffusion/prediction.ts';
import { eulerSchedule } from '../schedules/sigmas.ts';
import { indexedLevel, indexOfTimestep } from './levels.ts';
import { runLoop, type StepInput, type StepResult } from './loop.ts';
import type { Sampler } from './types.ts';

export function eulerSampler(config: EulerConfig, numInferenceSteps: number): Sampler {
  const { timesteps, sigmas } = eulerSchedule(config, numInferenceSteps);
  const sigma = (index: number): number => at(sigmas, index);
  // The model was trained on x of unit variance.
  const modelInputScales = timesteps.map((_, index) => 1 / Math.sqrt(sigma(index) ** 2 + 1));
  const largest = sigmas.reduce((a, b) => Math.max(a, b));

  function step({ index, x, output }: StepInput): StepResult {
    const level: NoiseLevel = { alpha: 1, sigma: sigma(index) };
    const { predX0, predNoise } = convertPrediction(config.predictionType, x, output, level);
    // dx / dsigma = (x - x0) / sigma; so x moves towards x0, and reaches it at sigma = 0.
    const rest = sigma(index + 1) / sigma(index);
    const next = weightedSum([rest, x], [1 - rest, predX0]);
    return { next, predX0, predNoise };
  }

  const levels = Array.from({ length: timesteps.length + 1 }, (_, i) => ({ alpha: 1, sigma: sigma(i) }));
  return {
    name: 'euler',
    timesteps,
    initNoiseSigma: config.timestepSpacing === 'leading' ? Math.sqrt(largest * largest + 1) : largest,
    modelInputScales,
    config,
    addNoise: (x0, noise, timestep) =>
      addNoise(x0, noise, indexedLevel(levels, indexOfTimestep(timesteps, timestep))),
    addNoiseAt: (x0, noise, index) => addNoise(x0, noise, indexedLevel(levels, index)),
    sample: (denoiser, xT, options = {}) =>
      runLoop({ timesteps, modelInputScales, step }, denoiser, xT, options),
  };
}
