// A generation for the gallery: pictures and latents that come out of noise in even steps.
import { Rng } from '@noisebook/ldm/numbers';
import type { Frame, Generation } from '../../src/components/kit/player/generation.ts';
import { gradient, waves } from './pictures.ts';

const SIDE = 8;
const CHANNELS = 4;
const SIZE = 64;

/** The pictures of all images one below the other, `part` of the way from noise to what they become. */
function picturesAt(numImages: number, part: number): Uint8ClampedArray<ArrayBuffer> {
  const rng = new Rng('the gallery’s noise');
  const all = new Uint8ClampedArray(numImages * SIZE * SIZE * 4);
  for (let n = 0; n < numImages; n++)
    all.set(gradient((n + 1) / (numImages + 1), SIZE).bytes, n * SIZE * SIZE * 4);
  return all.map((byte, i) => (i % 4 === 3 ? 255 : part * byte + (1 - part) * rng.uniform() * 255));
}

/** @param reach steps that are done; all of them, if left out */
export function generationOf(numImages: number, steps: number, reach = steps): Generation {
  const rng = new Rng(7);
  const noise = Float32Array.from({ length: numImages * SIDE * SIDE * CHANNELS }, () => rng.normal());
  const end = waves(noise.length);
  const frames = Array.from({ length: reach + 1 }, (_, k): Frame => {
    const part = k / steps;
    return {
      latents: noise.map((value, i) => (1 - part) * value + part * end[i]!),
      predX0: end,
      decoded: { rgba: picturesAt(numImages, part), exact: true },
      predicted: { rgba: picturesAt(numImages, 0.5 + part / 2), exact: true },
    };
  });
  return {
    recorded: false,
    request: {
      model: 'faces-64',
      prompt: 'a person',
      seed: 7,
      guidanceScale: 3,
      numInferenceSteps: steps,
      numImages,
      previewOf: 'latents',
    },
    sizes: {
      numImages,
      imageWidth: SIZE,
      imageHeight: SIZE,
      latentWidth: SIDE,
      latentHeight: SIDE,
      latentChannels: CHANNELS,
    },
    timesteps: Array.from({ length: steps }, (_, k) => Math.round(999 * (1 - k / steps))),
    frames,
    range: 3,
  };
}
