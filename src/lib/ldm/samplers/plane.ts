// Sampling in the plane: points are pictures of one pixel with two channels, so the samplers take them as they are.
import * as tf from '@tensorflow/tfjs-core';
import { parseSchedulerConfig, type SchedulerConfig } from '../config/index.ts';
import { guideHalves } from '../diffusion/guidance.ts';
import { NO_CLASS, type PlaneDenoiser } from '../models/planeDenoiser.ts';
import { createSampler, type StepEvent } from './index.ts';

/** The noise schedule of denoisers in the plane: DDIM, noise predicted, betas of Ho et al. 2020, no clipping. */
export function planeScheduler(numTrainTimesteps = 1000): SchedulerConfig {
  return parseSchedulerConfig(
    {
      _class_name: 'DDIMScheduler',
      num_train_timesteps: numTrainTimesteps,
      prediction_type: 'epsilon',
      timestep_spacing: 'trailing',
      clip_sample: false,
    },
    'the schedule in the plane',
  );
}

/** What a denoiser in the plane is to be asked for. */
export interface PlaneGuidance {
  /** One for all points, or one a point; NO_CLASS by default. */
  readonly labels?: number | ArrayLike<number> | undefined;
  /** w in u + w (c - u), where u is without a class (Ho & Salimans 2022). 1, the default, is no guidance. */
  readonly guidanceScale?: number | undefined;
}

/** What the denoiser says, guided: x [n, 1, 1, 2] to noise of that shape. */
function denoise(
  denoiser: PlaneDenoiser,
  x: tf.Tensor4D,
  timestep: number,
  { labels = NO_CLASS, guidanceScale = 1 }: PlaneGuidance,
): tf.Tensor4D {
  const count = x.shape[0];
  return tf.tidy(() => {
    const points = tf.reshape(x, [count, 2]) as tf.Tensor2D;
    const asPictures = (noise: tf.Tensor2D): tf.Tensor4D =>
      tf.reshape(noise, [noise.shape[0], 1, 1, 2]) as tf.Tensor4D;
    if (guidanceScale === 1) return asPictures(denoiser.forward(points, timestep, labels));
    const none = Array.from({ length: count }, () => NO_CLASS);
    const asked = typeof labels === 'number' ? none.map(() => labels) : Array.from(labels);
    const both = denoiser.forward(tf.concat2d([points, points], 0), timestep, [...none, ...asked]);
    return guideHalves(asPictures(both), guidanceScale);
  });
}

function picturesOf(points: Float32Array): tf.Tensor4D {
  if (points.length === 0 || points.length % 2 !== 0) {
    throw new RangeError(`points: expected [n, 2] numbers, got ${points.length}`);
  }
  return tf.tensor4d(points, [points.length / 2, 1, 1, 2]);
}

const numbersOf = async (tensor: tf.Tensor): Promise<Float32Array<ArrayBuffer>> =>
  Float32Array.from(await tensor.data<'float32'>());

/**
 * The field of a denoiser: the noise that it sees at given points.
 * @param points [n, 2]
 * @returns [n, 2]; the score of the noised data is minus this over sigma_t
 */
export async function planeField(
  denoiser: PlaneDenoiser,
  points: Float32Array,
  timestep: number,
  guidance: PlaneGuidance = {},
): Promise<Float32Array<ArrayBuffer>> {
  const x = picturesOf(points);
  let noise: tf.Tensor4D | undefined;
  try {
    noise = denoise(denoiser, x, timestep, guidance);
    return await numbersOf(noise);
  } finally {
    tf.dispose(noise === undefined ? [x] : [x, noise]);
  }
}

export interface PlaneSampleOptions extends PlaneGuidance {
  /** 20 by default. */
  readonly numInferenceSteps?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Awaited after every step; its tensors are [n, 1, 1, 2] and lent. */
  readonly onStep?: ((event: StepEvent) => void | Promise<void>) | undefined;
}

/**
 * Points from noise, along DDIM's deterministic path (Song et al. 2021).
 * @param noise standard normal, [n, 2]
 * @returns [n, 2]
 */
export async function samplePlane(
  denoiser: PlaneDenoiser,
  noise: Float32Array,
  { numInferenceSteps = 20, signal, onStep, ...guidance }: PlaneSampleOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  const sampler = createSampler(planeScheduler(denoiser.config.numTrainTimesteps), numInferenceSteps);
  const xT = picturesOf(noise);
  let x: tf.Tensor4D | undefined;
  try {
    x = await sampler.sample((points, t) => denoise(denoiser, points, t, guidance), xT, { signal, onStep });
    return await numbersOf(x);
  } finally {
    tf.dispose(x === undefined ? [xT] : [xT, x]);
  }
}
