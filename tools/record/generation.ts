// Draws in Node what figures record: every frame with both its pictures; and the files that they become.
import type * as tf from '@tensorflow/tfjs-core';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import {
  finishGeneration,
  startGeneration,
  type DoneGeneration,
  type Generation,
  type RecordedGeneration,
  type View,
} from '../../src/components/kit/player/generation.ts';
import type { GenerateRequest } from '../../src/engine/protocol/messages.ts';
import { numbers, pictures, sizesOf } from '../../src/engine/worker/pictures.ts';
import { spriteOf } from '../lib/latentRecording.ts';

/** @param backend its label */
export async function generateInNode(
  pipeline: StableDiffusionPipeline,
  request: GenerateRequest,
  backend: string,
): Promise<DoneGeneration> {
  // Once with nothing watching: that is how long it takes.
  const begin = performance.now();
  const latents = await pipeline.textToImage(request);
  const images = await pictures(pipeline, latents);
  const ms = performance.now() - begin;
  latents.dispose();

  let run: Generation | undefined;
  const exactly = async (x: tf.Tensor4D) => ({ rgba: await pictures(pipeline, x), exact: true });
  const sizes = sizesOf(pipeline, request.numImages);
  const again = await pipeline.textToImage({
    ...request,
    onStart: async ({ timesteps, latents: noise }) => {
      run = startGeneration(request, { type: 'start', sizes, timesteps, latents: await numbers(noise) });
      run.frames[0]!.decoded = await exactly(noise);
    },
    onStep: async ({ x, predX0 }) => {
      const before = run!.frames.at(-1)!;
      before.predX0 = await numbers(predX0);
      before.predicted = await exactly(predX0);
      run!.frames.push({ latents: await numbers(x), decoded: await exactly(x) });
    },
  });
  again.dispose();
  if (run === undefined) throw new Error('The pipeline drew, and said nothing of its steps.');
  finishGeneration(run, images);
  const { words } = pipeline.tokenizer.encode(request.prompt);
  return { ...run, ms, backend, images, words: words.map((word) => ({ ...word, known: true })) };
}

/** The contents of a generation's files, by their names. @param quality of the sprites, 1 to 100 */
export async function encodeFrames(
  { frames, sizes }: DoneGeneration,
  { latentRange, files }: RecordedGeneration,
  quality = 76,
): Promise<[string, Uint8Array][]> {
  const bytes = frames.flatMap(({ latents }) =>
    Array.from(latents, (x) => Math.round((x / latentRange) * 127)),
  );
  const length = sizes.imageWidth * sizes.imageHeight * 4;
  /** A row for each image, a column for each position. */
  const sprite = (view: Exclude<View, 'latents'>): Promise<Buffer> => {
    const rows = Array.from({ length: sizes.numImages }, (_, i) =>
      frames.map((frame) => frame[view]!.rgba.slice(i * length, (i + 1) * length)),
    );
    return spriteOf(rows.flat(), frames.length, quality);
  };
  return [
    [files.latents, new Uint8Array(Int8Array.from(bytes).buffer)],
    [files.decoded, await sprite('decoded')],
    [files.predicted, await sprite('predicted')],
  ];
}
