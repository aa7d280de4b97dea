// Records figure 0.1: the latents at every step, decoded, and the guesses made from them.
import type * as tf from '@tensorflow/tfjs-core';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import type { GenerateRequest } from '../../src/engine/protocol/messages.ts';
import { spriteSheet, type RgbImage } from '../lib/sprite.ts';
import { decodeImages, type RecordContext } from './context.ts';

export const model = 'faces-128';

/** Of the sprites, 1 to 100: every visitor of the home page loads them. */
const QUALITY = 60;

/** Milliseconds of one generation with nothing watching, the final decode included. */
async function time(pipeline: StableDiffusionPipeline, request: GenerateRequest): Promise<number> {
  const begin = performance.now();
  const latents = await pipeline.textToImage(request);
  await decodeImages(pipeline, latents);
  latents.dispose();
  return Math.round(performance.now() - begin);
}

/** Figure 0.1: the latents at every step, decoded, and the guesses made from them. */
export async function record(context: RecordContext): Promise<void> {
  const { pipeline, backend, sampling, manifestSha256, write } = context;
  const request: GenerateRequest = {
    model: context.model,
    prompt: context.prompt,
    seed: context.seed,
    guidanceScale: sampling.guidanceScale,
    numInferenceSteps: sampling.numInferenceSteps,
    numImages: 4,
  };
  // A column for each position of the scrubber: x_T first, then x after each step.
  const latents: Float32Array[] = [];
  const decoded: RgbImage[][] = [];
  const predicted: RgbImage[][] = [];
  let timesteps: readonly number[] = [];
  const keep = async (x: tf.Tensor4D): Promise<void> => {
    latents.push(Float32Array.from(await x.data<'float32'>()));
    decoded.push(await decodeImages(pipeline, x));
  };
  const final = await pipeline.textToImage({
    ...request,
    onStart: async (start) => {
      timesteps = start.timesteps;
      await keep(start.latents);
    },
    onStep: async ({ x, predX0 }) => {
      predicted.push(await decodeImages(pipeline, predX0));
      await keep(x);
    },
  });
  predicted.push(await decodeImages(pipeline, final));
  final.dispose();

  const all = latents.flatMap((values) => [...values]);
  const latentRange = Math.max(...all.map(Math.abs));
  const rows = (columns: readonly RgbImage[][]): RgbImage[][] =>
    Array.from({ length: request.numImages }, (_, row) => columns.map((images) => images[row]!));
  const [imageHeight, imageWidth] = pipeline.sampleSize;
  const files = { latents: 'latents.bin', decoded: 'decoded.webp', predicted: 'predicted.webp' };
  const sizes = {
    numImages: request.numImages,
    imageWidth,
    imageHeight,
    latentWidth: imageWidth / pipeline.vaeScaleFactor,
    latentHeight: imageHeight / pipeline.vaeScaleFactor,
    latentChannels: pipeline.latentChannels,
  };
  write(
    'home',
    files.latents,
    new Uint8Array(Int8Array.from(all, (x) => Math.round((x / latentRange) * 127)).buffer),
  );
  write('home', files.decoded, await spriteSheet(rows(decoded), imageWidth, QUALITY));
  write('home', files.predicted, await spriteSheet(rows(predicted), imageWidth, QUALITY));
  const ms = await time(pipeline, request);
  write('home', 'recorded.json', {
    manifestSha256,
    request,
    sizes,
    timesteps,
    ms,
    backend,
    latentRange,
    files,
  });
}
