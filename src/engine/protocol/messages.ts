// The engine's jobs: what a page may ask (schemas: the worker checks them), what comes back meanwhile and at the end.
//
// Conventions: pictures are RGBA bytes, image after image, row after row ([n, height, width, 4]); latents are
// 32-bit floats, channels last ([n, latentHeight, latentWidth, latentChannels]), raw, that is not divided by the
// first stage's scaling factor. Arrays travel as transferables: who sends one no longer has it. A page imports types alone
// from here, so that it does not download the schemas.
import * as v from 'valibot';
import type { ActivationPoint, AttentionPoint, BackendInfo, TapPoint } from '@noisebook/ldm';
import {
  checkStartingPoint,
  parseSamplerSettings,
  schedulerClassNames,
  type SamplerSettings,
} from '@noisebook/ldm/numbers';
import { MAX_PROMPT_LENGTH } from '../../state/address.ts';
import { ModelName, problemOf, readBy, whole } from './checks.ts';
import { defineJob, type JobsOf } from './job.ts';

/** Pictures that one generation draws at most. */
const MAX_IMAGES = 16;
/** Steps that people can choose. */
const MAX_STEPS = 50;
/** Pictures that the first stage takes in one call. */
const MAX_PICTURES = 64;
/** Longest side of a picture for the first stage. */
export const MAX_SIDE = 512;

const Pixels: v.GenericSchema<unknown, Uint8ClampedArray> = v.instance(Uint8ClampedArray);
const Latents: v.GenericSchema<unknown, Float32Array> = v.instance(Float32Array);
const Bytes: v.GenericSchema<unknown, Uint8Array> = v.instance(Uint8Array);
/** Other models that the same piece of work uses in turn: this job does not make them leave memory. */
const Beside = v.exactOptional(v.pipe(v.array(ModelName), v.maxLength(8), v.readonly()));
const Prompt = v.pipe(v.string(), v.maxLength(MAX_PROMPT_LENGTH));

/** Latents of `count` images are `count` lists of one length. */
const areAlike = ({ latents, count }: { readonly latents: Float32Array; readonly count: number }): boolean =>
  latents.length > 0 && latents.length % count === 0;
const ALIKE = 'latents: expected the same length for each image';

const Settings: v.GenericSchema<unknown, SamplerSettings> = readBy(parseSamplerSettings);

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const GuidanceScale = v.pipe(v.number(), v.minValue(0), v.maxValue(100));

const TapNames = v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(500), v.readonly());
/** What is to be seen inside the denoiser, by the names in `LoadResult.tapPoints`; others are refused with 'bad-request'. */
const inside = {
  /** Attentions whose probabilities are wanted; 'cross': all that look at the text. */
  attention: v.exactOptional(v.union([v.literal('cross'), TapNames])),
  /** Blocks whose output is wanted. */
  activations: v.exactOptional(TapNames),
};

/** What a step can tell, lists of the latents' shape. */
const StepOutput = v.picklist(['latents', 'predX0', 'predNoise']);
export type StepOutput = v.InferOutput<typeof StepOutput>;

const GenerateFields = v.object({
  model: ModelName,
  prompt: Prompt,
  negativePrompt: v.exactOptional(Prompt),
  /** Image i of seed s is the same whatever `numImages` is. */
  seed: whole(0, 2 ** 32 - 1),
  /** 1 and less switches guidance off. */
  guidanceScale: GuidanceScale,
  numInferenceSteps: whole(1, MAX_STEPS),
  numImages: whole(1, MAX_IMAGES),
  /** Another sampler than the model's own, by its name in diffusers, with the model's noise schedule. */
  sampler: v.exactOptional(v.picklist(schedulerClassNames)),
  /** Settings of the sampler in place of the model's own: `timestepSpacing`, `useKarrasSigmas`, `solverOrder`, ... */
  samplerSettings: v.exactOptional(Settings),
  /** Fresh noise in the steps of DDIM: 0 none, 1 as much as DDPM. */
  eta: v.exactOptional(share),
  /**
   * What to start from, [numImages, latentHeight, latentWidth, latentChannels]: standard normal noise in place of the seed's,
   * or with `startIndex` x before that step, as start and steps told it.
   */
  latents: v.exactOptional(Latents),
  /** The first step to run, from `latents` on. The result is that of the run they come from, if all else is the same. */
  startIndex: v.exactOptional(whole(0, MAX_STEPS)),
  /**
   * predX0 of the steps before `startIndex`, the latest first, for DPM-Solver++, which looks at as many as its order less one.
   * Without it its first step is of first order, as at any start: right where prompt or guidance change.
   */
  history: v.exactOptional(v.pipe(v.array(Latents), v.maxLength(2), v.readonly())),
  /** RGBA of one picture for all images, or of one for each, of the model's size. Alpha is not looked at. */
  picture: v.exactOptional(Pixels),
  /** How much of the picture may change: 0 nothing, 1 all. Default 0.8, with a mask 1. */
  strength: v.exactOptional(share),
  /** A byte for each pixel of the picture, for all images or for each: 0 keeps it, all else paints it anew. */
  mask: v.exactOptional(Bytes),
  /** What steps tell: nothing else is read from the device. Default x and the guess. The start tells x if steps do. */
  stepOutputs: v.exactOptional(v.pipe(v.array(StepOutput), v.readonly())),
  /** Which of a step's two latents `preview` shows; default 'predX0'. With 'none' no step has one: that is quickest. */
  previewOf: v.exactOptional(v.picklist(['predX0', 'latents', 'none'])),
  /**
   * Each step tells what is seen, heads x queries x keys numbers an image and attention. Left out, nothing is looked at, and
   * attention takes its fastest path.
   */
  ...inside,
  beside: Beside,
});
const problem = problemOf(checkStartingPoint);
const GenerateRequest = v.pipe(
  GenerateFields,
  v.check(
    (given) => problem(given) === undefined,
    ({ input }) => problem(input) ?? '',
  ),
);
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
    beside: Beside,
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
    beside: Beside,
  }),
  v.check((given) => areAlike(given), ALIKE),
);
export type DecodeRequest = v.InferOutput<typeof DecodeRequest>;

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
    guidanceScale: v.exactOptional(GuidanceScale),
    ...inside,
    beside: Beside,
  }),
  v.check((given) => areAlike(given), ALIKE),
);
export type PredictRequest = v.InferOutput<typeof PredictRequest>;

/** Weights on the device. */
export interface LoadedWeights {
  /** Of the model; the id of a training run. */
  readonly name: string;
  /** A whole model, or its first stage alone; a training run with its averages and its optimizer's state. */
  readonly kind: 'model' | 'first-stage' | 'training-run';
  readonly bytes: number;
}

/** What models and training runs may take of the device, and what they take. */
export interface MemoryReport {
  /** Weights may take so much together; a single model or run may take more. */
  readonly budgetBytes: number;
  readonly usedBytes: number;
  /** The one used last at the end. */
  readonly loaded: readonly LoadedWeights[];
}

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
  readonly memory: MemoryReport;
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
  /** All that `predict` and `generate` can show of the denoiser's inside, with its shapes for one picture of the model's own size. */
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
  readonly words: readonly PlacedWord[];
  /** True when the end of the prompt didn't fit into the text encoder and was left out. */
  readonly truncated: boolean;
}

/** What everything starts from, before the first step: noise, or what the request gives. */
export interface StartEvent {
  readonly type: 'start';
  readonly sizes: Sizes;
  /** Number of the first step: not 0 where the request has a `startIndex`, or a picture of which something stays. */
  readonly startIndex: number;
  /** The timesteps to come, noisiest first; as many as steps to come. */
  readonly timesteps: readonly number[];
  /** x before the first step, if steps tell theirs. */
  readonly latents?: Float32Array;
}

/** An attention of one call of the denoiser. */
export interface SeenAttention {
  readonly point: AttentionPoint;
  /** Probabilities of `point.shape`, [images, heads, queries, keys]: those of one query sum to 1. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** The output of a block in one call of the denoiser. */
export interface SeenActivation {
  readonly point: ActivationPoint;
  /** Of `point.shape`, [images, height, width, channels]; with guidance of twice as many, without the words first. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** What was asked to be seen in one call of the denoiser, in the order in which it passes it. */
export interface Inside {
  /**
   * As it looks at the prompt: with guidance, what is computed without it is left out, which is half of all. `wordMaps` of the
   * library makes pictures of it.
   */
  readonly attention: readonly SeenAttention[];
  readonly activations: readonly SeenActivation[];
}

/** One denoising step, done. Of what is seen inside there are both lists if the request asks for something, else none. */
export interface StepEvent extends Partial<Inside> {
  readonly type: 'step';
  /** startIndex to total - 1. */
  readonly index: number;
  readonly total: number;
  /** The timestep this step started from. */
  readonly timestep: number;
  /** x after this step; the last step's are the final latents. This and the next two: if `stepOutputs` asks for them. */
  readonly latents?: Float32Array;
  /** The end result as the model guessed it at this step. */
  readonly predX0?: Float32Array;
  /** The noise as the model guessed it at this step. */
  readonly predNoise?: Float32Array;
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
  readonly words: readonly PlacedWord[];
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

/** What one call of the denoiser says of x_t (lists of the latents' shape), and what is seen inside of it. */
export interface PredictResult extends Inside {
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
  /** Milliseconds of arithmetic; loading the model and the backend not included. */
  readonly ms: number;
  readonly backend: BackendInfo;
}

/** One entry a job. Its code is the file of the same name in src/engine/worker/jobs/. */
export const engineJobs = {
  /** Downloads a model and prepares the backend, so that the next `generate` starts at once. */
  load: defineJob(v.object({ model: ModelName, beside: Beside })).answers<LoadEvent, LoadResult>(),
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
