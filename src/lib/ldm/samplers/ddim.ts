// DDIM: non-Markovian sampling with as much new noise as eta says (Song et al. 2020, equations 12 and 16).
import { at } from '../base/at.ts';
import type { DdimConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { convertPrediction } from '../diffusion/prediction.ts';
import { makeAlphasCumprod } from '../schedules/alphas.ts';
import { signalAndNoise } from '../schedules/forward.ts';
import { spacedTimesteps } from '../schedules/timesteps.ts';
import { clipped, makeSampler } from './makeSampler.ts';
import type { Sampler } from './types.ts';

export function ddimSampler(config: DdimConfig, numInferenceSteps: number): Sampler {
  const alphasCumprod = makeAlphasCumprod(config);
  const timesteps = spacedTimesteps(config, numInferenceSteps);
  const finalAlphaBar = config.setAlphaToOne ? 1 : at(alphasCumprod, 0);
  const alphaBar = (t: number): number => at(alphasCumprod, t, 'timestep');
  // A step goes to t - floor(T / N), which is not always the next timestep of the list.
  const stride = Math.floor(config.numTrainTimesteps / numInferenceSteps);
  const alphaBarBefore = (t: number): number => (t < stride ? finalAlphaBar : alphaBar(t - stride));

  return makeSampler({
    name: 'ddim',
    config,
    timesteps,
    levels: [...timesteps.map(alphaBar), finalAlphaBar].map(signalAndNoise),
    levelOf: (timestep) => signalAndNoise(alphaBar(timestep)),
    step({ index, x, output, noise }, eta) {
      const t = at(timesteps, index);
      const bar = alphaBar(t);
      const barPrevious = alphaBarBefore(t);
      const prediction = convertPrediction(config.predictionType, x, output, signalAndNoise(bar));
      const predX0 = clipped(prediction.predX0, config);
      const { predNoise } = prediction;

      // sigma_t(eta), equation 16; then "direction pointing to x_t" and the new noise, equation 12.
      const sigma = eta * Math.sqrt(((1 - barPrevious) / (1 - bar)) * (1 - bar / barPrevious));
      const direction = Math.sqrt(Math.max(1 - barPrevious - sigma * sigma, 0));
      const next =
        eta > 0
          ? weightedSum([Math.sqrt(barPrevious), predX0], [direction, predNoise], [sigma, noise()])
          : weightedSum([Math.sqrt(barPrevious), predX0], [direction, predNoise]);
      return { next, predX0, predNoise };
    },
  });
}
