// Draws with a model that is new here: shows that it works, and leaves behind what a check outside can be held against.
import * as tf from '@tensorflow/tfjs-core';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import { serializeSafetensors } from '@noisebook/ldm/numbers';
import { WorkerError } from '../errors.ts';
import type { AboutModel } from './about.ts';

const SEED = 7;

interface Trial {
  readonly numImages: number;
  readonly numInferenceSteps: number;
  readonly guidanceScale: number;
  readonly prompt: string;
}

/**
 * Two steps: enough to use every weight.
 * @param onProgress share of the drawing that is done, 0 to 1
 * @throws WorkerError 'bad-model' when what comes out is not a number
 */
export async function tryOut(
  pipeline: StableDiffusionPipeline,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<void> {
  const trial: Trial = { numImages: 1, numInferenceSteps: 2, guidanceScale: 3, prompt: '' };
  await draw(pipeline, trial, signal, onProgress);
}

/**
 * check.safetensors: `init` [n, C, h, w], the final raw `latents`, the `image` [n, 3, H, W] about [-1, 1]; how they were
 * drawn is in its metadata. training/check_zip.py draws the same with diffusers.
 */
export async function drawCheck(
  pipeline: StableDiffusionPipeline,
  { sampling, examples }: AboutModel,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const trial: Trial = { ...sampling, numImages: 2, prompt: examples[0] ?? '' };
  const drawn = await draw(pipeline, trial, signal);
  const metadata = {
    format: 'pt',
    prompt: trial.prompt,
    numInferenceSteps: String(trial.numInferenceSteps),
    guidanceScale: String(trial.guidanceScale),
    seed: String(SEED),
    backend: tf.getBackend(),
  };
  return serializeSafetensors(Object.entries(drawn), { metadata }) as Uint8Array<ArrayBuffer>;
}

interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

async function draw(
  pipeline: StableDiffusionPipeline,
  trial: Trial,
  signal: AbortSignal,
  onProgress?: (share: number) => void,
): Promise<Readonly<Record<'init' | 'latents' | 'image', Numbers>>> {
  const init = pipeline.initialLatents(SEED, trial.numImages); // [n, h, w, C]
  const held: tf.Tensor4D[] = [init];
  try {
    const latents = await pipeline.textToImage({
      ...trial,
      seed: SEED,
      latents: init,
      signal,
      // One more for the decoder.
      onStep: ({ index, total }) => onProgress?.((index + 1) / (total + 1)),
    });
    held.push(latents);
    const image = pipeline.decode(latents); // [n, H, W, 3]
    held.push(image);
    return { init: await numbers(init), latents: await numbers(latents), image: await numbers(image) };
  } finally {
    tf.dispose(held);
  }
}

/** Numbers of [n, h, w, c] as PyTorch has them: [n, c, h, w]. */
async function numbers(tensor: tf.Tensor4D): Promise<Numbers> {
  const turned = tf.tidy(() => tf.transpose(tensor, [0, 3, 1, 2]));
  try {
    const data = Float32Array.from(await turned.data<'float32'>());
    if (!data.every((value) => Number.isFinite(value))) {
      throw new WorkerError(
        'bad-model',
        'The model was opened, but what it draws is not a number: its weights overflow on this machine. Train it longer or with a smaller learning rate, then open it again.',
      );
    }
    return { shape: turned.shape, data };
  } finally {
    turned.dispose();
  }
}
