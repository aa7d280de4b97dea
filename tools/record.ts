// `npm run record`: draws what the pages show before a model has loaded, with the shipped model, here in Node.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type * as tf from '@tensorflow/tfjs-core';
import { evaluationPrompts } from '../src/datasets/prompts.ts';
import { initBackend } from '../src/lib/ldm/backend/index.ts';
import { loadPipeline, type StableDiffusionPipeline } from '../src/lib/ldm/pipeline.ts';
import type { GenerateRequest } from '../src/protocol.ts';
import { nodeFolderSource } from './lib/nodeFolderSource.ts';
import { spriteSheet, toRgbImages, type RgbImage } from './lib/sprite.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'faces-64' },
    prompt: { type: 'string', default: 'a person with pink hair and round glasses on a blue background' },
    seed: { type: 'string', default: '7' },
    /** Quality of the sprites, 1 to 100. */
    quality: { type: 'string', default: '76' },
  },
});
const quality = Number(values.quality);
const modelFolder = join(root, 'public/weights', values.model);
const manifestBytes = readFileSync(join(modelFolder, 'manifest.json'));
const { sampling } = JSON.parse(manifestBytes.toString()) as {
  sampling: { numInferenceSteps: number; guidanceScale: number };
};
const manifestSha256 = createHash('sha256').update(manifestBytes).digest('hex');

function write(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(join(root, 'public/recorded', folder), { recursive: true });
  writeFileSync(join(root, 'public/recorded', folder, name), content);
  console.log(`public/recorded/${folder}/${name}: ${content.length} bytes`);
}
const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Latents as pictures of bytes, one for each image. */
async function draw(pipeline: StableDiffusionPipeline, latents: tf.Tensor4D): Promise<RgbImage[]> {
  const images = pipeline.decode(latents);
  const pixels = await images.data<'float32'>();
  images.dispose();
  return toRgbImages(pixels, pipeline.sampleSize[0]);
}

/** Milliseconds of one generation with nothing watching, the final decode included. */
async function time(pipeline: StableDiffusionPipeline, request: GenerateRequest): Promise<number> {
  const begin = performance.now();
  const latents = await pipeline.textToImage(request);
  await draw(pipeline, latents);
  latents.dispose();
  return Math.round(performance.now() - begin);
}

/** Figure 0.1: the latents at every step, decoded, and the guesses made from them. */
async function recordHome(pipeline: StableDiffusionPipeline, backend: string): Promise<void> {
  const request: GenerateRequest = {
    model: values.model,
    prompt: values.prompt,
    seed: Number(values.seed),
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
    decoded.push(await draw(pipeline, x));
  };
  const final = await pipeline.textToImage({
    ...request,
    onStart: async (start) => {
      timesteps = start.timesteps;
      await keep(start.latents);
    },
    onStep: async ({ x, predX0 }) => {
      predicted.push(await draw(pipeline, predX0));
      await keep(x);
    },
  });
  predicted.push(await draw(pipeline, final));
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
  write('home', files.decoded, await spriteSheet(rows(decoded), imageWidth, quality));
  write('home', files.predicted, await spriteSheet(rows(predicted), imageWidth, quality));
  const ms = await time(pipeline, request);
  write(
    'home',
    'recorded.json',
    json({ manifestSha256, request, sizes, timesteps, ms, backend, latentRange, files }),
  );
}

/** The model card's samples: the first prompts of the list that models are judged by, none left out. */
async function recordSamples(pipeline: StableDiffusionPipeline): Promise<void> {
  const prompts = evaluationPrompts(24);
  const columns = 8;
  const images: RgbImage[] = [];
  for (const [i, { text }] of prompts.entries()) {
    const { guidanceScale, numInferenceSteps } = sampling;
    const latents = await pipeline.textToImage({ prompt: text, seed: i, guidanceScale, numInferenceSteps });
    images.push(...(await draw(pipeline, latents)));
    latents.dispose();
  }
  const rows = Array.from({ length: images.length / columns }, (_, r) =>
    images.slice(r * columns, (r + 1) * columns),
  );
  const size = pipeline.sampleSize[0];
  write('model', 'samples.webp', await spriteSheet(rows, size, quality));
  const listed = prompts.map(({ text, split }, seed) => ({ prompt: text, split, seed }));
  write(
    'model',
    'recorded.json',
    json({ manifestSha256, size, columns, ...sampling, file: 'samples.webp', samples: listed }),
  );
}

const { label } = await initBackend({ backend: 'wasm' });
const pipeline = await loadPipeline(nodeFolderSource(modelFolder));
await recordHome(pipeline, `${label}, in Node`);
await recordSamples(pipeline);
pipeline.dispose();
