// DDPM: ancestral sampling, new noise in every step (Ho et al. 2020, algorithm 2, for any subset of timesteps).
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import type { DdpmConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { addNoise, convertPrediction } from '../diffusion/prediction.ts';
import { makeAlphasCumprod } from '../schedules/alphas.ts';
import { spacedTimesteps } from '../schedules/timesteps.ts';
import { runLoop, type StepInput, type StepResult } from './loop.ts';
import { alphaBarLevel, indexedLevel, trainingTimestep } from './levels.ts';
import type { Sampler } from './types.ts';

export function ddpmSampler(config: DdpmConfig, numInferenceSteps: number): Sampler {
  const alphasCumprod = makeAlphasCumprod(config);
  const timesteps = spacedTimesteps(config, numInferenceSteps);
  const alphaBar = (t: number | undefined): number =>
    t === undefined ? 1 : at(alphasCumprod, t, 'timestep');
  const modelInputScales = timesteps.map(() => 1);

  function step({ index, x, output, noise }: StepInput): StepResult {
    const t = at(timesteps, index);
    const bar = alphaBar(t);
    const barPrevious = alphaBar(timesteps[index + 1]);
    const alpha = bar / barPrevious; // alpha_t of this (longer) step
    const beta = 1 - alpha;

    const prediction = convertPrediction(config.predictionType, x, output, alphaBarLevel(bar));
    const { clipSample, clipSampleRange: limit } = config;
    const predX0 = clipSample ? tf.clipByValue(prediction.predX0, -limit, limit) : prediction.predX0;

    // The mean of q(x_{t-1} | x_t, x0), equation 7, and the variance, section 3.2.
    const ofX0 = (Math.sqrt(barPrevious) * beta) / (1 - bar);
    const ofX = (Math.sqrt(alpha) * (1 - barPrevious)) / (1 - bar);
    const small = Math.max(((1 - barPrevious) / (1 - bar)) * beta, 1e-20);
    const deviation = Math.sqrt(config.varianceType === 'fixed_large' ? beta : small);
    const next =
      t > 0
        ? weightedSum([ofX0, predX0], [ofX, x], [deviation, noise()])
        : weightedSum([ofX0, predX0], [ofX, x]);
    return { next, predX0, predNoise: prediction.predNoise };
  }

  const levels = [...timesteps.map((t) => alphaBarLevel(alphaBar(t))), alphaBarLevel(1)];
  return {
    name: 'ddpm',
    timesteps,
    initNoiseSigma: 1,
    modelInputScales,
    config,
    addNoise: (x0, noise, timestep) =>
      addNoise(x0, noise, alphaBarLevel(alphaBar(trainingTimestep(timestep, config.numTrainTimesteps)))),
    addNoiseAt: (x0, noise, index) => addNoise(x0, noise, indexedLevel(levels, index)),
    sample: (denoiser, xT, options = {}) =>
      runLoop({ timesteps, modelInputScales, step }, denoiser, xT, options),
  };
}
