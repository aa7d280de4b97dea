// What diffusers drew from a folder, stored by training/check_diffusers.py: draws the same here, and says how far apart the two are.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { parseSafetensors } from '@noisebook/ldm/numbers';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import { relativeError } from '../../tools/lib/parity.ts';

interface Stored {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly guidanceScale: number;
  readonly numInferenceSteps: number;
  readonly count: number;
  /** Checksums by path in the model's folder, or in that of its base; of shipped models. */
  readonly weights?: Readonly<Record<string, string>>;
}

export interface StoredDrawing {
  readonly stored: Stored;
  /** Side of the latents. */
  readonly side: number;
  /** Max |a - b| / max |b| of latents and pictures that `pipe` draws from the stored noise. */
  readonly errorsOf: (pipe: StableDiffusionPipeline) => Promise<{ latents: number; image: number }>;
}

/** @throws Error when the fixture lacks a tensor, or when a drawn one has another shape */
export function readDrawing(folder: string): StoredDrawing {
  const stored = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as Stored;
  const expected = parseSafetensors(readFileSync(`${folder}/reference.safetensors`));
  const tensor = (name: string): { shape: [number, number, number, number]; data: Float32Array } => {
    const found = expected.get(name);
    if (found?.shape.length !== 4) throw new Error(`${folder}: expected a tensor ${name} of rank 4`);
    return { shape: found.shape as [number, number, number, number], data: found.data };
  };
  const init = tensor('init');

  /** Of our NHWC tensor against a stored NCHW one. */
  async function errorAgainst(ours: tf.Tensor4D, name: string): Promise<number> {
    const nchw = tf.transpose(ours, [0, 3, 1, 2]);
    const { shape, data } = tensor(name);
    if (String(nchw.shape) !== String(shape))
      throw new Error(
        `${folder}: expected ${name} of shape ${shape.join(',')}, drew ${nchw.shape.join(',')}`,
      );
    return relativeError((await nchw.data()) as Float32Array, data);
  }

  return {
    stored,
    side: init.shape[2],
    errorsOf: async (pipe) => {
      const { prompt, negativePrompt, guidanceScale, numInferenceSteps, count } = stored;
      const latents = await pipe.textToImage({
        ...{ prompt, negativePrompt, guidanceScale, numInferenceSteps, numImages: count, seed: 0 },
        latents: tf.transpose(tf.tensor4d(init.data, init.shape), [0, 2, 3, 1]),
      });
      return {
        latents: await errorAgainst(latents, 'latents'),
        image: await errorAgainst(pipe.decode(latents), 'image'),
      };
    },
  };
}
