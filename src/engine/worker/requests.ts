// Checks what the page asks of the engine before the worker acts on it.
import * as v from 'valibot';
import type { Jobs } from '../protocol/messages.ts';

/** Longest prompt the worker takes, in UTF-16 units; the page cuts before it sends. */
export const MAX_PROMPT_LENGTH = 300;
const MAX_IMAGES = 16;
/** Pictures that the first stage takes in one call. */
const MAX_PICTURES = 64;
/** Longest side of a picture for the first stage. */
const MAX_SIDE = 512;

const Whole = (min: number, max: number): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const Prompt = v.pipe(v.string(), v.maxLength(MAX_PROMPT_LENGTH));
const Model = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a folder name such as faces-64'),
);

export const Setup = v.object({
  weightsUrl: v.pipe(v.string(), v.url(), v.endsWith('/')),
  lifeLock: v.string(),
  backend: v.exactOptional(v.picklist(['webgpu', 'webgl', 'wasm'])),
  allowDeviceLoss: v.exactOptional(v.boolean()),
  threads: v.exactOptional(Whole(1, 64)),
  without: v.exactOptional(v.array(v.picklist(['webgpu', 'webgl', 'wasm']))),
});

type EngineJob = 'load' | 'generate' | 'encode' | 'decode' | 'info' | 'lose-device';

export const engineRequests: { [N in EngineJob]: v.GenericSchema<unknown, Jobs[N]['request']> } = {
  load: v.object({ model: Model }),
  generate: v.object({
    model: Model,
    prompt: Prompt,
    negativePrompt: v.exactOptional(Prompt),
    seed: Whole(0, 2 ** 32 - 1),
    guidanceScale: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
    numInferenceSteps: Whole(1, 50),
    numImages: Whole(1, MAX_IMAGES),
    previewOf: v.exactOptional(v.picklist(['predX0', 'latents', 'none'])),
  }),
  encode: v.pipe(
    v.object({
      model: Model,
      pixels: v.instance(Uint8ClampedArray),
      count: Whole(1, MAX_PICTURES),
      width: v.exactOptional(Whole(1, MAX_SIDE)),
      height: v.exactOptional(Whole(1, MAX_SIDE)),
    }),
    v.check(
      ({ pixels, count }) => pixels.length > 0 && pixels.length % (4 * count) === 0,
      'pixels: expected four bytes a pixel and the same size for each picture',
    ),
  ),
  decode: v.pipe(
    v.object({
      model: Model,
      latents: v.instance(Float32Array),
      count: Whole(1, MAX_PICTURES),
      latentWidth: v.exactOptional(Whole(1, MAX_SIDE)),
      latentHeight: v.exactOptional(Whole(1, MAX_SIDE)),
      withPixels: v.exactOptional(v.boolean()),
    }),
    v.check(
      ({ latents, count }) => latents.length > 0 && latents.length % count === 0,
      'latents: expected the same length for each image',
    ),
  ),
  info: v.null(),
  'lose-device': v.null(),
};
