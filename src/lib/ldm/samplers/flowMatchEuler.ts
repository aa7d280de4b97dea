// Euler steps along straight paths from noise to picture, for models that predict noise - x0
// (Lipman et al. 2022; Liu et al. 2022; the shift: Esser et al. 2024, section 5.3.2).
import { at } from '../base/at.ts';
import type { FlowMatchEulerConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { convertPrediction } from '../diffusion/prediction.ts';
import { flowMatchSchedule } from '../schedules/sigmas.ts';
import { makeSampler } from './makeSampler.ts';
import type { Sampler } from './types.ts';

export function flowMatchEulerSampler(config: FlowMatchEulerConfig, numInferenceSteps: number): Sampler {
  const { timesteps, sigmas } = flowMatchSchedule(config, numInferenceSteps);
  // x = (1 - sigma) x0 + sigma noise
  const levels = Array.from(sigmas, (sigma) => ({ alpha: 1 - sigma, sigma }));

  return makeSampler({
    name: 'flow-match-euler',
    config,
    timesteps,
    levels,
    step({ index, x, output, noise }) {
      const { predX0, predNoise } = convertPrediction('flow', x, output, at(levels, index));
      const { alpha, sigma } = at(levels, index + 1);
      // dx / dsigma = noise - x0, which is the output.
      const next = config.stochasticSampling
        ? weightedSum([alpha, predX0], [sigma, noise()])
        : weightedSum([1, x], [sigma - at(levels, index).sigma, output]);
      return { next, predX0, predNoise };
    },
  });
}
