// Euler steps along straight paths from noise to picture, for models that predict noise - x0
// (Lipman et al. 2022; Liu et al. 2022; the shift: Esser et al. 2024, section 5.3.2).
import type { FlowMatchEulerConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { addNoise, convertPrediction, type NoiseLevel } from '../diffusion/prediction.ts';
import { flowMatchSchedule } from '../schedules/sigmas.ts';
import { indexedLevel, indexOfTimestep } from './levels.ts';
import { runLoop, type StepInput, type StepResult } from './loop.ts';
import type { Sampler } from './types.ts';

export function flowMatchEulerSampler(config: FlowMatchEulerConfig, numInferenceSteps: number): Sampler {
  const { timesteps, sigmas } = flowMatchSchedule(config, numInferenceSteps);
  const modelInputScales = timesteps.map(() => 1);
  // x = (1 - sigma) x0 + sigma noise
  const levels: NoiseLevel[] = Array.from(sigmas, (sigma) => ({ alpha: 1 - sigma, sigma }));

  function step({ index, x, output, noise }: StepInput): StepResult {
    const { predX0, predNoise } = convertPrediction('flow', x, output, indexedLevel(levels, index));
    const { alpha, sigma } = indexedLevel(levels, index + 1);
    const next = config.stochasticSampling
      ? weightedSum([alpha, predX0], [sigma, noise()])
      : weightedSum([1, x], [sigma - indexedLevel(levels, index).sigma, output]);
    return { next, predX0, predNoise };
  }

  return {
    name: 'flow-match-euler',
    timesteps,
    initNoiseSigma: 1,
    modelInputScales,
    config,
    addNoise: (x0, noise, timestep) =>
      addNoise(x0, noise, indexedLevel(levels, indexOfTimestep(timesteps, timestep))),
    addNoiseAt: (x0, noise, index) => addNoise(x0, noise, indexedLevel(levels, index)),
    sample: (denoiser, xT, options = {}) =>
      runLoop({ timesteps, modelInputScales, step }, denoiser, xT, options),
  };
}
