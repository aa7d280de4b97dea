// Pictures that are measured, as the bytes that people see: drawn from facts, or made by a model.
import * as tf from '@tensorflow/tfjs-core';
import type { Face } from '../../../src/datasets/faceAttributes.ts';
import { renderFace } from '../../../src/datasets/faces.ts';
import { rasterize } from '../rasterize.ts';

/** Bytes of one square picture: [side, side, 3]. */
export type RgbBytes = Uint8Array | Uint8ClampedArray;

/** The real picture of a face. */
export const realPicture = (face: Face, side: number): RgbBytes => renderFace(face, side, rasterize);

/** Pictures of bytes as [n, side, side, 3] in [-1, 1]. The caller disposes it. */
export function toTensor(pictures: readonly RgbBytes[]): tf.Tensor4D {
  const length = pictures[0]?.length ?? 0;
  const side = Math.sqrt(length / 3);
  const values = new Float32Array(pictures.length * length);
  for (const [n, picture] of pictures.entries()) {
    for (let i = 0; i < length; i++) values[n * length + i] = picture[i]! / 127.5 - 1;
  }
  return tf.tensor4d(values, [pictures.length, side, side, 3]);
}

/** A network's pictures [n, side, side, 3], about [-1, 1], as bytes. Disposes them. */
export async function toBytes(images: tf.Tensor4D): Promise<RgbBytes[]> {
  const [count] = images.shape;
  const values = await images.data<'float32'>();
  images.dispose();
  const length = values.length / count;
  return Array.from({ length: count }, (_, n) =>
    // Rounded and clipped by the array.
    Uint8ClampedArray.from(values.subarray(n * length, (n + 1) * length), (value) => (value + 1) * 127.5),
  );
}
