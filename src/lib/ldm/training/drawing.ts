// Pictures from a model in training: from noise and captions, as StableDiffusionPipeline draws them; and one guess of a step.
import * as tf from '@tensorflow/tfjs-core';
import { DEFAULT_SAMPLING, forLatentPipeline, type SchedulerConfig } from '../config/index.ts';
import { guideHalves } from '../diffusion/guidance.ts';
import { addNoise, convertPrediction } from '../diffusion/prediction.ts';
import type { AutoencoderKL } from '../models/autoencoderKL.ts';
import { Rng } from '../base/rng.ts';
import { createSampler } from '../samplers/index.ts';
import type { Captions } from './conditioning.ts';
import { idsTensor, type DiffusionLoop } from './diffusionLoop.ts';
import { rgbaOf } from './trainingData.ts';

/** Pictures decoded at once. */
const BATCH = 16;

export interface DrawOptions {
  /** Picture i starts from the noise of stream i of this seed, as in the pipeline. */
  readonly seed: number;
  /** Denoiser calls; 12 by default. */
  readonly numInferenceSteps?: number;
  /** w of classifier-free guidance; 1 and less switch it off. 3 by default. */
  readonly guidanceScale?: number;
  /** Rejects with its reason between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Awaited after each step. */
  readonly onStep?: ((step: number, total: number) => void | Promise<void>) | undefined;
}

/** One picture for each caption: latents [n, h, w, c], the caller's. */
export async function drawLatentsFor(
  loop: DiffusionLoop,
  captions: Captions,
  scheduler: SchedulerConfig,
  texts: readonly string[],
  {
    seed,
    numInferenceSteps = DEFAULT_SAMPLING.numInferenceSteps,
    guidanceScale = DEFAULT_SAMPLING.guidanceScale,
    signal,
    onStep,
  }: DrawOptions,
): Promise<tf.Tensor4D> {
  const { unet, textEncoder } = loop;
  const guided = guidanceScale > 1;
  const sampler = createSampler(forLatentPipeline(scheduler), numInferenceSteps);
  const [height = 1, width = 1] = unet.config.sampleSize ?? [];
  const shape: [number, number, number, number] = [texts.length, height, width, unet.config.inChannels];
  const each = height * width * unet.config.inChannels;
  const numbers = new Float32Array(texts.length * each);
  texts.forEach((_, i) => new Rng(seed).fork(i).fillNormal(numbers.subarray(i * each, (i + 1) * each)));
  const rows = captions.encode([...(guided ? texts.map(() => '') : []), ...texts]);
  const xT = tf.tidy(() => tf.mul(tf.tensor4d(numbers, shape), sampler.initNoiseSigma) as tf.Tensor4D);
  const hidden = tf.tidy(() => textEncoder.forward(idsTensor(rows)));
  const context = unet.prepareContext(hidden);
  hidden.dispose();
  const timesteps = unet.prepareTimesteps(sampler.timesteps);
  try {
    return await sampler.sample(
      (x, timestep) => {
        const time = { prepared: timesteps, index: timesteps.timesteps.indexOf(timestep) };
        if (!guided) return unet.forward(x, time, context);
        return tf.tidy(() => guideHalves(unet.forward(tf.concat4d([x, x], 0), time, context), guidanceScale));
      },
      xT,
      { signal, onStep: ({ index, total }) => onStep?.(index + 1, total) },
    );
  } finally {
    xT.dispose();
    context.dispose();
    timesteps.dispose();
  }
}

/** Latents [n, h, w, c] to RGBA bytes, a few pictures at a time. */
export async function decodeToRgba(
  vae: AutoencoderKL,
  latents: tf.Tensor4D,
  signal?: AbortSignal,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const count = latents.shape[0];
  const side = latents.shape[1] * vae.config.downsamplingFactor;
  const rgba = new Uint8ClampedArray(count * side * side * 4);
  for (let from = 0; from < count; from += BATCH) {
    signal?.throwIfAborted();
    const size = Math.min(BATCH, count - from);
    const pictures = tf.tidy(() =>
      vae.decode(
        tf.slice4d(latents, [from, 0, 0, 0], [size, latents.shape[1], latents.shape[2], latents.shape[3]]),
      ),
    );
    try {
      rgba.set(await rgbaOf(pictures), from * side * side * 4);
    } finally {
      pictures.dispose();
    }
  }
  return rgba;
}

/** x_t of one latent, and the x0 that the network sees in it: [2, h, w, c], the caller's. */
export function guessLatents(
  loop: DiffusionLoop,
  captions: Captions,
  picture: {
    readonly x0: Float32Array;
    readonly shape: readonly [number, number, number];
    readonly text: string;
  },
  timestep: number,
  seed: number,
): tf.Tensor4D {
  const { unet, textEncoder, levels } = loop;
  const level = levels.at(timestep);
  return tf.tidy(() => {
    const shape: [number, number, number, number] = [1, ...picture.shape];
    const x0 = tf.tensor4d(picture.x0, shape);
    const noise = tf.tensor4d(
      new Rng(seed).fork('guess').fillNormal(new Float32Array(picture.x0.length)),
      shape,
    );
    const xt = addNoise(x0, noise, level);
    const hidden = textEncoder.forward(idsTensor(captions.encode([picture.text])));
    const output = unet.forward(xt, timestep, hidden);
    return tf.concat4d([xt, convertPrediction(levels.prediction, xt, output, level).predX0], 0);
  });
}
