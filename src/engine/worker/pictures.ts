// Latents between here and the backend, and their pictures as RGBA bytes.
import { tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import { expectShape } from '@noisebook/ldm/numbers';
import type { Sizes } from '../protocol/messages.ts';
import { toRgba } from './pixels.ts';

/**
 * @param latents raw, [n, h, w, c]; borrowed
 * @returns [n, H, W, 4]
 */
export async function pictures(
  pipeline: StableDiffusionPipeline,
  latents: Tensor4D,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const images = pipeline.decode(latents); // [n, H, W, 3]
  try {
    return toRgba(await images.data<'float32'>());
  } finally {
    images.dispose();
  }
}

/** Sizes of what `pipeline` draws. */
export function sizesOf(pipeline: StableDiffusionPipeline, numImages: number): Sizes {
  const { vaeScaleFactor, latentChannels } = pipeline;
  const [imageHeight, imageWidth] = pipeline.sampleSize;
  return {
    numImages,
    imageWidth,
    imageHeight,
    latentWidth: imageWidth / vaeScaleFactor,
    latentHeight: imageHeight / vaeScaleFactor,
    latentChannels,
  };
}

/**
 * Latents of `count` pictures of the model's own size, on the backend; the caller disposes them.
 * @param name what they are called in the error
 * @throws RangeError where there are more or fewer numbers
 */
export function latentsTensor(
  pipeline: StableDiffusionPipeline,
  name: string,
  list: Float32Array,
  count: number,
): Tensor4D {
  const { latentHeight, latentWidth, latentChannels } = sizesOf(pipeline, count);
  const shape: [number, number, number, number] = [count, latentHeight, latentWidth, latentChannels];
  expectShape(name, shape, list.length);
  return tensor4d(list, shape);
}

/** The numbers of a borrowed tensor, in memory that may be given away. */
export async function numbers(tensor: Tensor4D): Promise<Float32Array<ArrayBuffer>> {
  // The backend may keep what it returns: copy.
  return Float32Array.from(await tensor.data<'float32'>());
}

/** The memory of some lists, to be given away. */
export const buffersOf = (lists: Readonly<Record<string, Float32Array<ArrayBuffer>>>): ArrayBuffer[] =>
  Object.values(lists).map(({ buffer }) => buffer);
