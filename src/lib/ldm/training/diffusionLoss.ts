// The loss of the denoiser: what it is to say, how far off it is, and how much each noise level counts.
import * as tf from '@tensorflow/tfjs-core';
import type { PredictionType } from '../config/index.ts';
import { column } from '../diffusion/prediction.ts';
import type { NoiseLevel } from '../schedules/forward.ts';

/** A batch of latents and of noise, and for each picture how much of both is in x_t. */
export interface NoisyBatch {
  /** [B, h, w, c] */
  readonly x0: tf.Tensor4D;
  readonly noise: tf.Tensor4D;
  /** One a picture. */
  readonly levels: readonly NoiseLevel[];
}

export interface DiffusionLoss {
  readonly loss: tf.Scalar;
  /** Mean squared error of each picture, unweighted: [B]. */
  readonly errors: tf.Tensor1D;
}

/**
 * What a network of this prediction type is to say. A new tensor.
 *
 * epsilon: noise (Ho et al. 2020). sample: x0. v_prediction: alpha noise - sigma x0 (Salimans & Ho 2022, appendix D).
 * flow: noise - x0 (Lipman et al. 2023; Liu et al. 2023).
 */
export function diffusionTarget(type: PredictionType, batch: NoisyBatch): tf.Tensor4D {
  const { x0, noise, levels } = batch;
  switch (type) {
    case 'epsilon':
      return tf.clone(noise);
    case 'sample':
      return tf.clone(x0);
    case 'v_prediction':
      return tf.tidy(() =>
        tf.sub(tf.mul(column(levels, 'alpha', x0), noise), tf.mul(column(levels, 'sigma', x0), x0)),
      );
    case 'flow':
      return tf.sub(noise, x0);
  }
}

/**
 * min-SNR-gamma (Hang et al. 2023, section 3.4): the error in x0 counts min(SNR, gamma) times, which stops the many easy,
 * nearly clean levels from outweighing the rest. Here as the weight of the error in what the network says.
 *
 * The first three are the paper's. For flow matching an error e of the velocity is an error sigma e of x0, so its weight is
 * sigma^2 min(SNR, gamma), with SNR = ((1 - sigma) / sigma)^2.
 */
export function minSnrWeight(type: PredictionType, { alpha, sigma }: NoiseLevel, gamma: number): number {
  if (!(gamma > 0)) throw new RangeError(`min-SNR: expected a gamma above 0, got ${gamma}`);
  const snr = (alpha / sigma) ** 2;
  switch (type) {
    case 'epsilon':
      return Math.min(1, gamma / snr);
    case 'sample':
      return Math.min(snr, gamma);
    case 'v_prediction':
      return Math.min(snr, gamma) / (snr + 1);
    case 'flow':
      return sigma * sigma * Math.min(snr, gamma);
  }
}

/**
 * The mean over the batch of each picture's mean squared error, times its weight.
 * @param weights one a picture; 1 by default
 */
export function diffusionLoss(
  prediction: tf.Tensor4D,
  target: tf.Tensor4D,
  weights?: readonly number[],
): DiffusionLoss {
  const [count] = prediction.shape;
  if (weights !== undefined && weights.length !== count) {
    throw new Error(`diffusion loss: expected ${count} weights, one a picture, got ${weights.length}`);
  }
  const errors = tf.tidy(() => tf.mean(tf.square(tf.sub(prediction, target)), [1, 2, 3])) as tf.Tensor1D;
  const loss = tf.tidy(() =>
    tf.mean<tf.Scalar>(weights === undefined ? errors : tf.mul(errors, tf.tensor1d([...weights], 'float32'))),
  );
  return { loss, errors };
}
