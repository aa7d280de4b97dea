// DDIM: non-Markovian sampling with as much new noise as eta says (Song et al. 2020, equations 12 and 16).
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import type { DdimConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { addNoise, convertPrediction } from '../diffusion/prediction.ts';
import { makeAlphasCumprod } from '../schedules/alphas.ts';
import { spacedTimesteps } from '../schedules/timesteps.ts';
import { alphaBarLevel, indexedLevel, trainingTimestep } from './levels.ts';
import { runLoop, type StepInput, type StepResult } from './loop.ts';
import type { Sampler } from './types.ts';

export function ddimSampler(config: DdimConfig, numInferenceSteps: number): Sampler {
  const alphasCumprod = makeAlphasCumprod(config);
  const timesteps = spacedTimesteps(config, numInferenceSteps);
  const modelInputScales = timesteps.map(() => 1);
  const finalAlphaBar = config.setAlphaToOne ? 1 : at(alphasCumprod, 0);
  const alphaBar = (t: number): number => (t < 0 ? finalAlphaBar : at(alphasCumprod, t, 'timestep'));
  // A step goes to t - floor(T / N), which is not always the next timestep of the list.
  const stride = Math.floor(config.numTrainTimesteps / numInferenceSteps);

  function step({ index, x, output, noise }: StepInput, eta: number): StepResult {
    const t = at(timesteps, index);
    const bar = alphaBar(t);
    const barPrevious = alphaBar(t - stride);

    const prediction = convertPrediction(config.predictionType, x, output, alphaBarLevel(bar));
    const { clipSample, clipSampleRange: limit } = config;
    const predX0 = clipSample ? tf.clipByValue(prediction.predX0, -limit, limit) : prediction.predX0;

    // sigma_t(eta), equation 16; then "direction pointing to x_t" and the new noise, equation 12.
    const sigma = eta * Math.sqrt(((1 - barPrevious) / (1 - bar)) * (1 - bar / barPrevious));
    const direction = Math.sqrt(Math.max(1 - barPrevious - sigma * sigma, 0));
    const { predNoise } = prediction;
    const next =
      eta > 0
        ? weightedSum([Math.sqrt(barPrevious), predX0], [direction, predNoise], [sigma, noise()])
        : weightedSum([Math.sqrt(barPrevious), predX0], [direction, predNoise]);
    return { next, predX0, predNoise };
  }

  const levels = [...timesteps.map((t) => alphaBarLevel(alphaBar(t))), alphaBarLevel(finalAlphaBar)];
  return {
    name: 'ddim',
    timesteps,
    initNoiseSigma: 1,
    modelInputScales,
    config,
    addNoise: (x0, noise, timestep) =>
      addNoise(x0, noise, alphaBarLevel(alphaBar(trainingTimestep(timestep, config.numTrainTimesteps)))),
    addNoiseAt: (x0, noise, index) => addNoise(x0, noise, indexedLevel(levels, index)),
    async sample(denoiser, xT, options = {}) {
      const { eta = 0 } = options;
      if (!(eta >= 0 && eta <= 1)) throw new RangeError(`eta: expected a number from 0 to 1, got ${eta}.`);
      const loop = { timesteps, modelInputScales, step: (input: StepInput) => step(input, eta) };
      return runLoop(loop, denoiser, xT, options);
    },
  };
}
