// Seeded noise in latent shape: each image has its own stream, each step of a stochastic sampler a stream below that.
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '../base/rng.ts';

type Shape = readonly [number, number, number, number];

function stack(shape: Shape, streamOf: (image: number) => Rng): tf.Tensor4D {
  const [images, height, width, channels] = shape;
  const size = height * width * channels;
  const values = new Float32Array(images * size);
  for (let i = 0; i < images; i++) streamOf(i).fillNormal(values.subarray(i * size, (i + 1) * size));
  return tf.tensor4d(values, [images, height, width, channels]);
}

/**
 * Standard normal noise for the start.
 * @param first number of the first image, for one image out of a batch
 */
export function startNoise(seed: number, shape: Shape, first = 0): tf.Tensor4D {
  return stack(shape, (i) => new Rng(seed).fork(first + i));
}

/** Standard normal noise for step `step` of a stochastic sampler. */
export function stepNoise(seed: number, step: number, shape: Shape): tf.Tensor4D {
  return stack(shape, (i) => new Rng(seed).fork(i).fork(`step ${step}`));
}
