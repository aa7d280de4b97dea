// Pictures and masks that a generation starts from: their sizes, and masks at the size of latents.
import * as tf from '@tensorflow/tfjs-core';

/** Height and width of the latents of a picture size in pixels. @throws RangeError unless both are multiples of `factor` */
export function latentSize(height: number, width: number, factor: number): [number, number] {
  for (const size of [height, width]) {
    if (!Number.isSafeInteger(size) || size < factor || size % factor !== 0) {
      throw new RangeError(`picture size: expected a multiple of ${factor}, got ${size}`);
    }
  }
  return [height / factor, width / factor];
}

/** @throws RangeError unless there is one picture for all images, or one for each */
export function checkPictureCount(count: number, numImages: number): void {
  if (count !== 1 && count !== numImages)
    throw new RangeError(`image: expected 1 or ${numImages} pictures (numImages), got ${count}`);
}

/** Latents [1 or n, ...] for n images: one for each. A new tensor. */
export function latentsForEach(latents: tf.Tensor4D, numImages: number): tf.Tensor4D {
  const count = latents.shape[0];
  checkPictureCount(count, numImages);
  return tf.tile(latents, [numImages / count, 1, 1, 1]);
}

type Shape = readonly [number, number, number, number];

/**
 * @param latentShape [n, h, w, C]
 * @throws RangeError unless the mask is [1 or n, factor h, factor w, 1]
 */
export function checkMask(mask: Shape, [numImages, height, width]: Shape, factor: number): void {
  const [count, maskHeight, maskWidth, channels] = mask;
  if (channels !== 1 || (count !== 1 && count !== numImages)) {
    throw new RangeError(`mask: expected shape [1 or ${numImages}, H, W, 1], got [${mask.join(', ')}]`);
  }
  if (maskHeight !== height * factor || maskWidth !== width * factor) {
    throw new RangeError(`mask: expected the picture's size, got ${maskHeight} x ${maskWidth}`);
  }
}

/**
 * A mask at the size of latents, 0 or 1: [1 or n, h, w, 1]. A latent is marked where any of its pixels is: whatever is marked
 * is painted anew, however thin. (diffusers takes the nearest pixel, and loses marks between.)
 * @param mask [1 or n, H, W, 1], rounded at one half
 * @param latentShape [n, h, w, C]
 */
export function latentMask(mask: tf.Tensor4D, latentShape: Shape, factor: number): tf.Tensor4D {
  checkMask(mask.shape, latentShape, factor);
  const [count] = mask.shape;
  const [, height, width] = latentShape;
  return tf.tidy(() => {
    const binary = tf.cast(tf.greaterEqual(mask, 0.5), 'float32');
    const blocks = tf.reshape(binary, [count, height, factor, width * factor]);
    const rows = tf.reshape(tf.max(blocks, 2), [count, height, width, factor]);
    return tf.max(rows, 3, true);
  });
}
