// The engine's jobs: what a page may ask (schemas: the worker checks them), what comes back meanwhile and at the end.
//
// Conventions: pictures are RGBA bytes, image after image, row after row ([n, height, width, 4]); latents are
// 32-bit floats, channels last ([n, latentHeight, latentWidth, latentChannels]), raw, that is not divided by the
// first stage's scaling factor. Arrays travel as transferables: who sends one no longer has it. A page imports types alone
// from here, so that it does not download the schemas.
import * as v from 'valibot';
import type { ActivationPoint, AttentionPoint, BackendInfo, TapPoint } from '@noisebook/ldm';
import { MAX_PROMPT_LENGTH } from '../../state/address.ts';
import { ModelName, whole } from './checks.ts';
import { defineJob, type JobsOf } from './job.ts';

/** Pictures that one generation draws at most. */
const MAX_IMAGES = 16;
/** Pictures that the first stage takes in one call. */
const MAX_PICTURES = 64;
/** Longest side of a picture for the first stage. */
export const MAX_SIDE = 512;

const Pixels: v.GenericSchema<unknown, Uint8ClampedArray> = v.instance(Uint8ClampedArray);
const Latents: v.GenericSchema<unknown, Float32Array> = v.instance(Float32Array);
const Prompt = v.pipe(v.string(), v.maxLength(MAX_PROMPT_LENGTH));

/** Latents of `count` images are `count` lists of one length. */
const areAlike = ({ latents, count }: { readonly latents: Float32Array; readonly count: number }): boolean =>
  latents.length > 0 && latents.length % count === 0;
const ALIKE = 'latents: expected the same length for each image';

const GenerateRequest = v.object({
  model: ModelName,
  prompt: Prompt,
  negativePrompt: v.exactOptional(Prompt),
  /** Image i of seed s is the same whatever `numImages` is. */
  seed: whole(0, 2 ** 32 - 1),
  /** 1 switches guidance off. */
  guidanceScale: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  numInferenceSteps: whole(1, 50),
  numImages: whole(1, MAX_IMAGES),
  /** Which of a step's two latents `preview` shows; default 'predX0'. With 'none' no step has one: that is quickest. */
  previewOf: v.exactOptional(v.picklist(['predX0', 'latents', 'none'])),
});
export type GenerateRequest = v.InferOutput<typeof GenerateRequest>;

const EncodeRequest = v.pipe(
  v.object({
    model: ModelName,
    /** RGBA of `count` pictures of the same size, [count, height, width, 4]. Alpha is not looked at. */
    pixels: Pixels,
    count: whole(1, MAX_PICTURES),
    /** Sides of one picture, multiples of the first stage's factor f; left out, the pictures are square. */
    width: v.exactOptional(whole(1, MAX_SIDE)),
    height: v.exactOptional(whole(1, MAX_SIDE)),
  }),
  v.check(
    ({ pixels, count }) => pixels.length > 0 && pixels.length % (4 * count) === 0,
    'pixels: expected four bytes a pixel and the same size for each picture',
  ),
);
export type EncodeRequest = v.InferOutput<typeof EncodeRequest>;

const DecodeRequest = v.pipe(
  v.object({
    model: ModelName,
    /** Raw latents of `count` pictures, [count, latentHeight, latentWidth, latentChannels]. */
    latents: Latents,
    count: whole(1, MAX_PICTURES),
    /** Sides of one picture's latents; left out, they are square. */
    latentWidth: v.exactOptional(whole(1, MAX_SIDE)),
    latentHeight: v.exactOptional(whole(1, MAX_SIDE)),
    /** Also give the pictures as the decoder made them, before they were cut to bytes: `DecodeResult.pixels`. */
    withPixels: v.exactOptional(v.boolean()),
  }),
  v.check((given) => areAlike(given), ALIKE),
);
export type DecodeRequest = v.InferOutput<typeof DecodeRequest>;

/** Names of what can be looked at inside a denoiser: `LoadResult.tapPoints` lists them. */
const TapNames = v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(500));

const PredictRequest = v.pipe(
  v.object({
    model: ModelName,
    /** x_t of `count` pictures of the model's own size, raw: [count, latentHeight, latentWidth, latentChannels]. */
    latents: Latents,
    count: whole(1, MAX_IMAGES),
    /** t, a timestep of training. */
    timestep: whole(0, 999_999),
    /** Left out: without words. */
    prompt: v.exactOptional(Prompt),
    negativePrompt: v.exactOptional(Prompt),
    /** 1, if left out, is no guidance. */
    guidanceScale: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
    /** Attentions whose probabilities are wanted; 'cross': all that look at the text. */
    attention: v.exactOptional(v.union([v.literal('cross'), TapNames])),
    /** Blocks whose output is wanted. */
    activations: v.exactOptional(TapNames),
  }),
  v.check((given) => areAlike(given), ALIKE),
);
export type PredictRequest = v.InferOutput<typeof PredictRequest>;

/** The backend and what lives in it now. */
export interface EngineInfo extends BackendInfo {
  /** Live tensors, the model's weights included. */
  readonly numTensors: number;
  /** Bytes in those tensors. */
  readonly numBytes: number;
  /** Size of the wasm heap in bytes (it never shrinks); wasm only. */
  readonly heapBytes?: number;
  /** Names of the whole models in memory, the one used last at the end. */
  readonly models: readonly string[];
  /** Names of the models whose first stage alone is in memory. */
  readonly firstStages: readonly string[];
}

/** A word of the prompt. `start` and `end` are offsets into the prompt (UTF-16 units, `end` exclusive). */
export interface PromptWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** False when the model has never been taught this word: mark it. */
  readonly known: boolean;
}

/** A word of the prompt and its tokens, as the denoiser's attention sees them. */
export interface PlacedWord extends PromptWord {
  /** Place of its first token among the keys of an attention to the text. */
  readonly first: number;
  /** How many tokens it has there: 0 when the end of the prompt was left out, and this word with it. */
  readonly count: number;
}

/** Sizes of everything in one generation. */
export interface Sizes {
  readonly numImages: number;
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly latentWidth: number;
  readonly latentHeight: number;
  readonly latentChannels: number;
}

/** A model ready for use. `sampling` is what its makers recommend; `knownWords` all words it was taught. */
export interface LoadResult {
  readonly model: string;
  readonly title: string;
  readonly totalBytes: number;
  readonly knownWords: readonly string[];
  /** All that `predict` can show of the denoiser's inside, with its shapes for one picture of the model's own size. */
  readonly tapPoints: readonly TapPoint[];
  readonly backend: BackendInfo;
}

/** Bytes of the model that are here. `loaded` and `total` count over all files; `total` is known from the start. */
export interface DownloadEvent {
  readonly type: 'download';
  readonly file: string;
  readonly loaded: number;
  readonly total: number;
  /** True while all that is here came from this browser's own storage: nothing was downloaded. */
  readonly stored: boolean;
}

/** A pause that has a reason: choosing a backend, reading weights, compiling shaders. */
export interface PreparingEvent {
  readonly type: 'preparing';
  readonly what: 'backend' | 'weights' | 'compile';
}

export interface PromptEvent {
  readonly type: 'prompt';
  readonly words: readonly PromptWord[];
  /** True when the end of the prompt didn't fit into the text encoder and was left out. */
  readonly truncated: boolean;
}

/** The noise everything starts from, before the first step. */
export interface StartEvent {
  readonly type: 'start';
  readonly sizes: Sizes;
  /** The timesteps to come, noisiest first; as many as steps. */
  readonly timesteps: readonly number[];
  /** x_T */
  readonly latents: Float32Array;
}

/** One denoising step, done. */
export interface StepEvent {
  readonly type: 'step';
  /** 0 to total - 1. */
  readonly index: number;
  readonly total: number;
  /** The timestep this step started from. */
  readonly timestep: number;
  /** x after this step; the last step's are the final latents. */
  readonly latents: Float32Array;
  /** The end result as the model guessed it at this step. */
  readonly predX0: Float32Array;
  /** `predX0` (or `latents`, see `previewOf`) as a picture, when there was time to make one; RGBA. */
  readonly preview?: Uint8ClampedArray<ArrayBuffer>;
  /** 'decoded': by the model's own decoder. 'linear': a quick matrix from latents to colours, smoothed. */
  readonly previewKind?: 'decoded' | 'linear';
}

export type LoadEvent = DownloadEvent | PreparingEvent;
export type GenerateEvent = LoadEvent | PromptEvent | StartEvent | StepEvent;

export interface GenerateResult {
  /** Milliseconds from the prompt to the last picture; loading the model and the backend not included. */
  readonly ms: number;
  readonly backend: BackendInfo;
  readonly sizes: Sizes;
  readonly words: readonly PromptWord[];
  /** The final latents, decoded; RGBA. The steps went ahead as events. */
  readonly images: Uint8ClampedArray<ArrayBuffer>;
}

/** The Gaussian that the encoder gives for each latent number. */
export interface EncodeResult {
  /** Its mean: raw latents, [count, latentHeight, latentWidth, latentChannels]. */
  readonly latents: Float32Array<ArrayBuffer>;
  /** Its log variance, same shape and same scale. */
  readonly logvar: Float32Array<ArrayBuffer>;
  readonly latentWidth: number;
  readonly latentHeight: number;
  readonly latentChannels: number;
  /** Milliseconds of arithmetic; loading the model and the backend not included. */
  readonly ms: number;
  readonly backend: BackendInfo;
}

export interface DecodeResult {
  /** RGBA, [count, imageHeight, imageWidth, 4]. */
  readonly images: Uint8ClampedArray<ArrayBuffer>;
  readonly imageWidth: number;
  readonly imageHeight: number;
  /** Only if asked for: [count, imageHeight, imageWidth, 3], about -1 to 1 but not clamped. */
  readonly pixels?: Float32Array<ArrayBuffer>;
  /** Milliseconds of arithmetic; loading the model and the backend not included. */
  readonly ms: number;
  readonly backend: BackendInfo;
}

/** What one call of the denoiser says of x_t; lists of the latents' shape. */
export interface PredictResult {
  /** What the network gave, as the model was trained. */
  readonly output: Float32Array<ArrayBuffer>;
  readonly predNoise: Float32Array<ArrayBuffer>;
  readonly predX0: Float32Array<ArrayBuffer>;
  /** v = alpha noise - sigma x0 */
  readonly velocity: Float32Array<ArrayBuffer>;
  /** What x_t holds of picture and noise at this timestep. */
  readonly alpha: number;
  readonly sigma: number;
  readonly words: readonly PlacedWord[];
  /**
   * What was asked for, in the order in which the denoiser passes it, each of its point's shape. With guidance the batch is
   * twice `count`, without the words first and with them second: `wordMaps` of the library makes pictures of the second half.
   */
  readonly attention: readonly { readonly point: AttentionPoint; readonly data: Float32Array<ArrayBuffer> }[];
  readonly activations: readonly {
    readonly point: ActivationPoint;
    readonly data: Float32Array<ArrayBuffer>;
  }[];
  /** Milliseconds of arithmetic; loading the model and the backend not included. */
  readonly ms: number;
  readonly backend: BackendInfo;
}

/** One entry a job. Its code is the file of the same name in src/engine/worker/jobs/. */
export const engineJobs = {
  /** Downloads a model and prepares the backend, so that the next `generate` starts at once. */
  load: defineJob(v.object({ model: ModelName })).answers<LoadEvent, LoadResult>(),
  /** Draws pictures. Loads the model first if need be. */
  generate: defineJob(GenerateRequest).answers<GenerateEvent, GenerateResult>(),
  /** Pictures to latents. Downloads only the model's first stage, or uses that of the model in memory. */
  encode: defineJob(EncodeRequest).answers<LoadEvent, EncodeResult>(),
  /** Latents to pictures; loads as `encode` does. */
  decode: defineJob(DecodeRequest).answers<LoadEvent, DecodeResult>(),
  /** One call of the denoiser at (x_t, t, prompt). */
  predict: defineJob(PredictRequest).answers<LoadEvent, PredictResult>(),
  /** The backend, live tensors and bytes. Starts the backend if it isn't running. */
  info: defineJob(v.null()).answers<LoadEvent, EngineInfo>(),
  /** Destroys the graphics device: tests only. `lost` is false where there is none. */
  'lose-device': defineJob(v.null()).answers<never, { readonly lost: boolean }>(),
};
export type EngineJobs = JobsOf<typeof engineJobs>;
