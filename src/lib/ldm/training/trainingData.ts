// Pictures and captions to train on, in host memory; pictures to tensors and back.
import * as tf from '@tensorflow/tfjs-core';
import { ConfigError } from '../config/index.ts';
import type { Recipe } from '../recipe/recipe.ts';

export interface TrainingData {
  readonly count: number;
  /** Side in pixels. */
  readonly size: number;
  /** RGB bytes, [count, size, size, 3]. */
  readonly pixels: Uint8Array;
  /** Per picture the texts to draw from at each use. May be empty for a model without words. */
  readonly captions: readonly (readonly string[])[];
  /** Every word of the captions. */
  readonly words: readonly string[];
}

const WHERE = 'training data';

/** @throws ConfigError unless the data is what the recipe wants, and whole */
export function checkData(data: TrainingData, recipe: Recipe): void {
  const { count, size, pixels, captions } = data;
  if (count !== recipe.images) throw new ConfigError(WHERE, 'count', `${recipe.images} (images)`, count);
  if (size !== recipe.imageSize)
    throw new ConfigError(WHERE, 'size', `${recipe.imageSize} (imageSize)`, size);
  const bytes = count * size * size * 3;
  if (pixels.length !== bytes) throw new ConfigError(WHERE, 'pixels', `${bytes} bytes`, pixels.length);
  if (recipe.conditioning !== 'none' && captions.length !== count) {
    throw new ConfigError(WHERE, 'captions', `captions for each of ${count} pictures`, captions.length);
  }
}

/** Either numbers of pictures of the set, or RGB bytes of others of the same size. */
export type PictureChoice = readonly number[] | Uint8Array;

/** How many pictures are chosen. @throws RangeError for a picture that is not there, or bytes of another size */
export function countOf(data: TrainingData, choice: PictureChoice): number {
  const each = data.size * data.size * 3;
  if (choice instanceof Uint8Array) {
    if (choice.length % each === 0) return choice.length / each;
    throw new RangeError(`pictures: expected a multiple of ${each} bytes (RGB), got ${choice.length}`);
  }
  for (const index of choice) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= data.count) {
      throw new RangeError(`pictures: expected numbers from 0 to ${data.count - 1}, got ${index}`);
    }
  }
  return choice.length;
}

/** RGB bytes of the chosen pictures from `from` up to `to`. */
function bytesOf(
  { size, pixels }: TrainingData,
  choice: PictureChoice,
  from: number,
  to: number,
): Uint8Array {
  const each = size * size * 3;
  if (choice instanceof Uint8Array) return choice.subarray(from * each, to * each);
  const bytes = new Uint8Array((to - from) * each);
  for (let i = from; i < to; i++) {
    const begin = (choice[i] as number) * each;
    bytes.set(pixels.subarray(begin, begin + each), (i - from) * each);
  }
  return bytes;
}

/** Chosen pictures as the first stage sees them: [to - from, size, size, 3] in [-1, 1]. */
export function picturesTensor(
  data: TrainingData,
  choice: PictureChoice,
  from = 0,
  to = countOf(data, choice),
): tf.Tensor4D {
  const values = Float32Array.from(bytesOf(data, choice, from, to), (byte) => byte / 127.5 - 1);
  return tf.tensor4d(values, [to - from, data.size, data.size, 3]);
}

/** Chosen pictures as RGBA bytes. */
export function picturesRgba(data: TrainingData, choice: PictureChoice): Uint8ClampedArray<ArrayBuffer> {
  return opaque(bytesOf(data, choice, 0, countOf(data, choice)));
}

/** Pictures [n, H, W, 3] in about [-1, 1] as RGBA bytes, rounded to the nearest. */
export async function rgbaOf(pictures: tf.Tensor4D): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const values = (await pictures.data()) as Float32Array;
  return opaque(values.map((value) => (value + 1) * 127.5));
}

function opaque(rgb: ArrayLike<number>): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let pixel = 0; pixel < rgb.length / 3; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgba[4 * pixel + channel] = rgb[3 * pixel + channel]!;
  }
  return rgba;
}
