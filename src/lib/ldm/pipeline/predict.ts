// One call of the denoiser at (x_t, t, prompt), and everything that its output says: noise, picture, velocity.
import * as tf from '@tensorflow/tfjs-core';
import type { SchedulerConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { convertPrediction, type Prediction } from '../diffusion/prediction.ts';
import type { UNet2DConditionModel, UnetContext } from '../models/unet2DConditionModel.ts';
import type { Taps } from '../models/unetTaps.ts';
import { levelsOf } from '../schedules/levels.ts';
import { guidedDenoiser } from './guidance.ts';

export interface PredictOptions {
  /** x_t, raw latents [n, h, w, C]; borrowed. */
  readonly latents: tf.Tensor4D;
  /** t, a timestep of training: 0 (hardly any noise) to numTrainTimesteps - 1. */
  readonly timestep: number;
  /** Default '': without words. */
  readonly prompt?: string;
  readonly negativePrompt?: string;
  /** Default 1: no guidance. */
  readonly guidanceScale?: number;
  /** What to hand out of the denoiser on the way. */
  readonly taps?: Taps | undefined;
}

/** Four tensors of the latents' shape; the caller disposes them. */
export interface FullPrediction extends Prediction {
  /** What the network gave: noise, picture, velocity or flow, as the model was trained. */
  readonly output: tf.Tensor4D;
  /** v = alpha noise - sigma x0 (Salimans & Ho 2022, appendix D). */
  readonly velocity: tf.Tensor4D;
}

/** @param context two texts, the negative one first, if guided; otherwise one */
export function predict(
  unet: UNet2DConditionModel,
  context: UnetContext,
  config: SchedulerConfig,
  { latents: x, timestep, guidanceScale = 1, taps }: PredictOptions,
): FullPrediction {
  const level = levelsOf(config)(timestep);
  const timesteps = unet.prepareTimesteps([timestep]);
  try {
    return tf.tidy(() => {
      const output = guidedDenoiser({ unet, context, guidanceScale, timesteps, taps })(x, timestep);
      const { predX0, predNoise } = convertPrediction(config.predictionType, x, output, level);
      const velocity = weightedSum([level.alpha, predNoise], [-level.sigma, predX0]);
      return { output, predX0, predNoise, velocity };
    });
  } finally {
    timesteps.dispose();
  }
}
