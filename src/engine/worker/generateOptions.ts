// A request to draw in the library's terms: lists and bytes become tensors, names taps, for as long as the drawing takes.
import * as tf from '@tensorflow/tfjs-core';
import type { GenerateOptions, StableDiffusionPipeline } from '@noisebook/ldm';
import { expectShape } from '@noisebook/ldm/numbers';
import type { GenerateRequest } from '../protocol/messages.ts';
import { refusing } from './errors.ts';
import { latentsTensor, sizesOf } from './pictures.ts';
import { fromRgba } from './pixels.ts';
import { TapReader } from './taps.ts';

/** What the library is to draw, and who keeps what is seen inside where that is asked for. */
export interface TappedOptions extends GenerateOptions {
  readonly taps?: TapReader;
}

/**
 * Runs `task` with what the library is to draw, once the library would take it; then frees the tensors.
 * @throws WorkerError 'bad-request' in the library's words where it would not
 */
export async function withOptions<T>(
  pipeline: StableDiffusionPipeline,
  request: GenerateRequest,
  task: (options: TappedOptions) => Promise<T>,
): Promise<T> {
  const tensors = refusing(() => tensorsOf(pipeline, request));
  const taps = tapsOf(request);
  try {
    const options = { ...plainOptions(request), ...given({ ...tensors, taps }) };
    refusing(() => pipeline.check(options));
    return await task(options);
  } finally {
    tf.dispose(tensors);
    taps?.dispose();
  }
}

/** None where nothing is to be seen: attention then takes its fastest path. */
function tapsOf({ attention, activations, numImages }: GenerateRequest): TapReader | undefined {
  if (attention === undefined && activations === undefined) return undefined;
  return new TapReader({ attention, activations }, numImages);
}

/** What needs no tensor. */
function plainOptions(request: GenerateRequest): Omit<GenerateOptions, 'taps'> {
  const { prompt, negativePrompt, seed, guidanceScale, numInferenceSteps, numImages } = request;
  const { sampler, samplerSettings, eta, startIndex, strength } = request;
  return {
    prompt,
    seed,
    guidanceScale,
    numInferenceSteps,
    numImages,
    ...given({ negativePrompt, sampler, samplerSettings, eta, startIndex, strength }),
  };
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
const given = <T extends object>(all: T): Given<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Given<T>;

function tensorsOf(pipeline: StableDiffusionPipeline, request: GenerateRequest) {
  const { latents, history, picture, mask, numImages } = request;
  const { imageHeight, imageWidth } = sizesOf(pipeline, numImages);
  const ofLatents = (name: string, list: Float32Array): tf.Tensor4D =>
    latentsTensor(pipeline, name, list, numImages);
  const ofPixels = (name: string, list: ArrayLike<number>, channels: number): [number, number, number] => {
    const count = list.length === numImages * imageHeight * imageWidth * channels ? numImages : 1;
    expectShape(name, [count, imageHeight, imageWidth, channels], list.length);
    return [count, imageHeight, imageWidth];
  };
  return tf.tidy(() => ({
    latents: latents && ofLatents('latents', latents),
    history: history?.map((list) => ofLatents('history', list)),
    image: picture && tf.tensor4d(fromRgba(picture), [...ofPixels('picture', picture, 4), 3]),
    mask:
      mask &&
      tf.tensor4d(
        Float32Array.from(mask, (byte) => Math.min(byte, 1)),
        [...ofPixels('mask', mask, 1), 1],
      ),
  }));
}
