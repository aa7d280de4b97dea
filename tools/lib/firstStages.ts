// First stages that are no part of the shipped pipeline, for recorders: pictures of bytes to latents and back.
import * as tf from '@tensorflow/tfjs-core';
import { rgbOf } from '@noisebook/ldm/numbers';
import { loadFirstStage } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import type { Rgba } from './latentRecording.ts';

/** Pictures at a time, so that hundreds of them fit into memory. */
const BATCH = 16;

export interface NodeFirstStage {
  /** Raw latents (posterior means) of pictures of one size, each [h, w, c]. */
  encode(pictures: readonly Rgba[]): Promise<Float32Array[]>;
  /** RGBA pictures of raw latents with `latentSize` a side. */
  decode(latents: readonly ArrayLike<number>[], latentSize: number): Promise<Rgba[]>;
  dispose(): void;
}

/** Calls `run` with some items at a time; their results in one list. */
async function inBatches<T, R>(
  items: readonly T[],
  run: (batch: readonly T[]) => Promise<R[]>,
): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += BATCH) results.push(...(await run(items.slice(i, i + BATCH))));
  return results;
}

/** The values of `make()`, one piece for each of `count`. */
async function pieces(count: number, make: () => tf.Tensor4D): Promise<Float32Array[]> {
  const tensor = tf.tidy(make);
  const data = Float32Array.from(await tensor.data<'float32'>());
  tensor.dispose();
  const length = data.length / count;
  return Array.from({ length: count }, (_, i) => data.slice(i * length, (i + 1) * length));
}

/** Numbers in [-1, 1], three a pixel, as bytes with alpha; rounded and clipped as in the page's worker. */
function toRgba(values: Float32Array): Rgba {
  const rgba = new Uint8ClampedArray((values.length / 3) * 4).fill(255);
  for (let p = 0; p < values.length / 3; p++) {
    for (let k = 0; k < 3; k++) rgba[p * 4 + k] = (values[p * 3 + k]! + 1) * 127.5;
  }
  return rgba;
}

/** Loads the first stage of a folder of weights; a decoder alone can't encode. */
export async function openFirstStage(folder: string): Promise<NodeFirstStage> {
  const stage = await loadFirstStage(nodeFolderSource(folder));
  const channels = stage.config.latentChannels;
  return {
    encode: (pictures) =>
      inBatches(pictures, (batch) => {
        const side = Math.sqrt(batch[0]!.length / 4);
        const values = batch.flatMap((rgba) => Array.from(rgbOf(rgba), (byte) => byte / 127.5 - 1));
        return pieces(batch.length, () => stage.encode(tf.tensor4d(values, [batch.length, side, side, 3])));
      }),
    decode: (latents, latentSize) =>
      inBatches(latents, async (batch) => {
        const values = batch.flatMap((z) => Array.from(z));
        const shape: [number, number, number, number] = [batch.length, latentSize, latentSize, channels];
        const decoded = await pieces(batch.length, () => stage.decode(tf.tensor4d(values, shape)));
        return decoded.map(toRgba);
      }),
    dispose: () => stage.dispose(),
  };
}
