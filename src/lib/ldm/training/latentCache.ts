// The training set as latents, in host memory: what phase two trains on, so that no picture is encoded twice.
import * as tf from '@tensorflow/tfjs-core';
import type { AutoencoderKL } from '../models/autoencoderKL.ts';
import type { Rng } from '../base/rng.ts';
import { countOf, picturesTensor, type PictureChoice, type TrainingData } from './trainingData.ts';

/** Pictures encoded at once. Fixed: another number could change the last bits of the latents. */
const BATCH = 16;

/** The posteriors of pictures: mean and standard deviation of every latent number, picture after picture, channels last. */
export interface Latents {
  readonly count: number;
  /** [h, w, c] */
  readonly shape: readonly [number, number, number];
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

export interface EncodeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void | Promise<void>) | undefined;
}

/** Per channel, over a whole set. */
export interface LatentStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Encodes pictures, a few at a time.
 * @param options.signal stops between two batches; then there is no result
 * @param options.onProgress awaited between two batches, with how many pictures of how many are encoded
 */
export async function encodePictures(
  vae: AutoencoderKL,
  data: TrainingData,
  choice: PictureChoice,
  { signal, onProgress }: EncodeOptions = {},
): Promise<Latents | undefined> {
  const count = countOf(data, choice);
  const side = data.size / vae.config.downsamplingFactor;
  const shape = [side, side, vae.config.latentChannels] as const;
  const each = side * side * vae.config.latentChannels;
  const [mean, std] = [new Float32Array(count * each), new Float32Array(count * each)];
  for (let from = 0; from < count; from += BATCH) {
    if (signal?.aborted === true) return undefined;
    const to = Math.min(count, from + BATCH);
    const both = tf.tidy(() => {
      const posterior = vae.encode(picturesTensor(data, choice, from, to));
      return tf.stack([posterior.mean, tf.exp(tf.mul(posterior.logvar, 0.5))]);
    });
    const values = (await both.data()) as Float32Array;
    both.dispose();
    mean.set(values.subarray(0, (to - from) * each), from * each);
    std.set(values.subarray((to - from) * each), from * each);
    await onProgress?.(to, count);
  }
  return { count, shape, mean, std };
}

/** Mean and standard deviation of each channel, over all posteriors: spread of the means and spread around them. */
export function statisticsOf({ shape, mean, std }: Latents): LatentStatistics {
  const channels = shape[2];
  const numbers = mean.length / channels;
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < mean.length; i++) sums[i % channels]! += mean[i]! / numbers;
  for (let i = 0; i < mean.length; i++) {
    squares[i % channels]! += ((mean[i]! - sums[i % channels]!) ** 2 + std[i]! ** 2) / numbers;
  }
  return { mean: [...sums], std: Array.from(squares, Math.sqrt) };
}

/** Latents of some pictures, drawn anew: mean + std noise. [pictures, h, w, c] row after row. */
export function drawLatents(
  { shape, mean, std }: Latents,
  pictures: readonly number[],
  rng: Rng,
): Float32Array {
  const each = shape[0] * shape[1] * shape[2];
  const drawn = rng.fillNormal(new Float32Array(pictures.length * each));
  pictures.forEach((picture, row) => {
    for (let i = 0; i < each; i++) {
      drawn[row * each + i] = mean[picture * each + i]! + std[picture * each + i]! * drawn[row * each + i]!;
    }
  });
  return drawn;
}
