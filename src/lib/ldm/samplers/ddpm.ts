// DDPM: ancestral sampling, new noise in every step (Ho et al. 2020, algorithm 2, for any subset of timesteps).
import { at } from '../base/at.ts';
import type { DdpmConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { convertPrediction } from '../diffusion/prediction.ts';
import { makeAlphasCumprod } from '../schedules/alphas.ts';
import { signalAndNoise } from '../schedules/forward.ts';
import { spacedTimesteps } from '../schedules/timesteps.ts';
import { clipped, makeSampler } from './makeSampler.ts';
import type { Sampler } from './types.ts';

export function ddpmSampler(config: DdpmConfig, numInferenceSteps: number): Sampler {
  const alphasCumprod = makeAlphasCumprod(config);
  const timesteps = spacedTimesteps(config, numInferenceSteps);
  const alphaBar = (t: number): number => at(alphasCumprod, t, 'timestep');
  /** alpha-bar before each step, and after the last. */
  const bars = [...timesteps.map(alphaBar), 1];

  return makeSampler({
    name: 'ddpm',
    config,
    timesteps,
    levels: bars.map(signalAndNoise),
    levelOf: (timestep) => signalAndNoise(alphaBar(timestep)),
    step({ index, x, output, noise }) {
      const bar = at(bars, index);
      const barPrevious = at(bars, index + 1);
      const alpha = bar / barPrevious; // alpha_t of this (longer) step
      const beta = 1 - alpha;
      const prediction = convertPrediction(config.predictionType, x, output, signalAndNoise(bar));
      const predX0 = clipped(prediction.predX0, config);

      // The mean of q(x_{t-1} | x_t, x0), equation 7, and the variance, section 3.2.
      const ofX0 = (Math.sqrt(barPrevious) * beta) / (1 - bar);
      const ofX = (Math.sqrt(alpha) * (1 - barPrevious)) / (1 - bar);
      const small = Math.max(((1 - barPrevious) / (1 - bar)) * beta, 1e-20);
      const deviation = Math.sqrt(config.varianceType === 'fixed_large' ? beta : small);
      const next =
        at(timesteps, index) > 0
          ? weightedSum([ofX0, predX0], [ofX, x], [deviation, noise()])
          : weightedSum([ofX0, predX0], [ofX, x]);
      return { next, predX0, predNoise: prediction.predNoise };
    },
  });
}
