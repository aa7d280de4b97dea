// Classifier-free guidance (Ho & Salimans 2022): one batch with and without the text, and a step beyond the difference.
import * as tf from '@tensorflow/tfjs-core';
import { guideHalves } from '../diffusion/guidance.ts';
import type { UNet2DConditionModel, UnetContext, UnetTimesteps } from '../models/unet2DConditionModel.ts';
import type { Taps } from '../models/unetTaps.ts';

export interface GuidedDenoiserOptions {
  readonly unet: UNet2DConditionModel;
  /** Two texts, the negative one first, if guided; otherwise one. */
  readonly context: UnetContext;
  /** w in u + w (c - u); at 1 and below only the text counts and the unconditional half is not computed. */
  readonly guidanceScale: number;
  /** The timesteps to come, prepared. Others are computed when they come. */
  readonly timesteps: UnetTimesteps;
  /** What to hand out of each call. With guidance the batch is [without the text, with it]. */
  readonly taps?: Taps | undefined;
}

/** Whether a guidance scale does anything. */
export function isGuided(guidanceScale: number): boolean {
  return guidanceScale > 1;
}

/** The raw model output for a batch of latents: what samplers call a denoiser. */
export function guidedDenoiser(
  options: GuidedDenoiserOptions,
): (x: tf.Tensor4D, timestep: number) => tf.Tensor4D {
  const { unet, context, guidanceScale, timesteps, taps } = options;
  return (x, timestep) => {
    const index = timesteps.timesteps.indexOf(timestep);
    const time = index < 0 ? timestep : { prepared: timesteps, index };
    if (!isGuided(guidanceScale)) return unet.forward(x, time, context, taps);
    return tf.tidy(() =>
      guideHalves(unet.forward(tf.concat4d([x, x], 0), time, context, taps), guidanceScale),
    );
  };
}
