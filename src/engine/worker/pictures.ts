// Latents on the backend to RGBA bytes here.
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
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

/** The numbers of a borrowed tensor, in memory that may be given away. */
export async function numbers(tensor: Tensor4D): Promise<Float32Array<ArrayBuffer>> {
  // The backend may keep what it returns: copy.
  return Float32Array.from(await tensor.data<'float32'>());
}
