// The messages between the page and its compute worker. Types only: nothing here runs.
//
// Conventions: pictures are RGBA bytes, image after image, row after row ([n, height, width, 4]); latents are
// 32-bit floats, channels last ([n, latentHeight, latentWidth, latentChannels]), raw, that is not divided by the
// first stage's scaling factor. Arrays travel as transferables: who sends one no longer has it.

import type {
  LabBatch,
  LabExportRequest,
  LabExportResult,
  LabMemoryRequest,
  LabMemoryResult,
  LabProbeRequest,
  LabProbeResult,
  LabStoreRequest,
  LabTrainRequest,
  LabTrainResult,
} from './lab.ts';
import type {
  ModelExportRequest,
  ModelExportResult,
  ModelOpenRequest,
  ModelOpenResult,
  ModelProgressEvent,
  ModelZipRequest,
  ModelZipResult,
} from './models.ts';
import type { BackendInfo, BackendName, StartAttempt } from '../../lib/ldm/backend/types.ts';
import type { RunRecord } from '../../storage/types.ts';

/** The backend and what lives in it now. */
export interface EngineInfo extends BackendInfo {
  /** Live tensors, the model's weights included. */
  readonly numTensors: number;
  /** Bytes in those tensors. */
  readonly numBytes: number;
  /** Size of the wasm heap in bytes (it never shrinks); wasm only. */
  readonly heapBytes?: number;
  /** Name of the whole model in memory, if one is loaded. */
  readonly model?: string;
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

/** Sizes of everything in one generation. */
export interface Sizes {
  readonly numImages: number;
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly latentWidth: number;
  readonly latentHeight: number;
  readonly latentChannels: number;
}

export interface LoadRequest {
  /** Folder name below `weights/`, for example 'faces-64'. */
  readonly model: string;
}

export interface GenerateRequest {
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt?: string;
  /** Integer, 0 to 2^32 - 1. Image i of seed s is the same whatever `numImages` is. */
  readonly seed: number;
  /** 1 switches guidance off. */
  readonly guidanceScale: number;
  /** 1 to 50. */
  readonly numInferenceSteps: number;
  /** 1 to 16. */
  readonly numImages: number;
  /** Which of a step's two latents `preview` shows; default 'predX0'. With 'none' no step has one: that is quickest. */
  readonly previewOf?: 'predX0' | 'latents' | 'none';
}

/** Pictures to latents. Needs only the model's first stage. */
export interface EncodeRequest {
  readonly model: string;
  /** RGBA of `count` pictures of the same size, [count, height, width, 4]. Alpha is not looked at. */
  readonly pixels: Uint8ClampedArray;
  /** 1 to 64. */
  readonly count: number;
  /** Sides of one picture, multiples of the first stage's factor f; left out, the pictures are square. */
  readonly width?: number;
  readonly height?: number;
}

/** Latents to pictures. Needs only the model's first stage. */
export interface DecodeRequest {
  readonly model: string;
  /** Raw latents of `count` pictures, [count, latentHeight, latentWidth, latentChannels]. */
  readonly latents: Float32Array;
  /** 1 to 64. */
  readonly count: number;
  /** Sides of one picture's latents; left out, they are square. */
  readonly latentWidth?: number;
  readonly latentHeight?: number;
  /** Also give the pictures as the decoder made them, before they were cut to bytes: `DecodeResult.pixels`. */
  readonly withPixels?: boolean;
}

/** A model ready for use. `sampling` is what its makers recommend; `knownWords` all words it was taught. */
export interface LoadResult {
  readonly model: string;
  readonly title: string;
  readonly totalBytes: number;
  readonly knownWords: readonly string[];
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
  /** x_T: the scrubber's position before the first step. */
  readonly initialLatents: Float32Array;
  /** All steps, in order, `preview` included where one was made. */
  readonly steps: readonly StepEvent[];
  /** The final latents, decoded; RGBA. */
  readonly images: Uint8ClampedArray<ArrayBuffer>;
}

/** What the worker itself returns for a generation: the rest of `GenerateResult` went ahead as events. */
export type GenerateSummary = Pick<GenerateResult, 'ms' | 'backend' | 'images'>;

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

/** Why a call failed. `aborted` and `superseded` (a newer call took its place) are no faults. */
export type ErrorCode =
  | 'aborted'
  | 'superseded'
  | 'offline'
  | 'connection-dropped'
  | 'missing-file'
  | 'damaged-file'
  | 'bad-request'
  | 'bad-model'
  | 'out-of-memory'
  | 'device-lost'
  | 'no-backend'
  | 'worker-crashed'
  // Another tab trains the run; no room in the browser's storage; no such run or model in it.
  | 'busy'
  | 'storage-full'
  | 'missing-run'
  | 'failed';

export interface ErrorReport {
  readonly code: ErrorCode;
  /** A sentence or two for the reader: what happened and what to do. */
  readonly message: string;
}

/** How the worker is set up; the first message it gets. */
export interface WorkerSetup {
  /** Absolute address of the folder that holds the model folders; ends in '/'. */
  readonly weightsUrl: string;
  /** Name of the Web Lock that the worker holds as long as it lives. */
  readonly lifeLock: string;
  /** What `?backend=` asks for. */
  readonly backend?: BackendName;
  /** Answer 'lose-device' requests (tests only). */
  readonly allowDeviceLoss?: boolean;
  /** Threads of wasm at most: fewer after a start that hung. */
  readonly threads?: number;
  /** Backends that hung when they were started: not tried again. */
  readonly without?: readonly BackendName[];
}

/** Every job of the worker: what it takes, what it sends meanwhile, what it returns. */
export interface Jobs {
  load: { request: LoadRequest; event: LoadEvent; result: LoadResult };
  generate: { request: GenerateRequest; event: GenerateEvent; result: GenerateSummary };
  encode: { request: EncodeRequest; event: LoadEvent; result: EncodeResult };
  decode: { request: DecodeRequest; event: LoadEvent; result: DecodeResult };
  info: { request: null; event: LoadEvent; result: EngineInfo };
  'lose-device': { request: null; event: never; result: { readonly lost: boolean } };
  'lab-probe': { request: LabProbeRequest; event: LoadEvent; result: LabProbeResult };
  'lab-create': { request: LabStoreRequest; event: never; result: RunRecord };
  'lab-train': { request: LabTrainRequest; event: LoadEvent | LabBatch; result: LabTrainResult };
  'lab-export': { request: LabExportRequest; event: LoadEvent; result: LabExportResult };
  'lab-memory': { request: LabMemoryRequest; event: never; result: LabMemoryResult };
  'model-open': {
    request: ModelOpenRequest;
    event: ModelProgressEvent | LoadEvent;
    result: ModelOpenResult;
  };
  'model-export': {
    request: ModelExportRequest;
    event: ModelProgressEvent | LoadEvent;
    result: ModelExportResult;
  };
  'model-zip': { request: ModelZipRequest; event: ModelProgressEvent | LoadEvent; result: ModelZipResult };
}
export type JobName = keyof Jobs;

/** Page to worker. */
export type ToWorker =
  | { readonly type: 'setup'; readonly setup: WorkerSetup }
  | {
      [N in JobName]: {
        readonly type: 'job';
        readonly id: number;
        readonly job: N;
        readonly request: Jobs[N]['request'];
        /** Sent before, and perhaps lost: the worker was not listening yet. */
        readonly again?: true;
      };
    }[JobName]
  | { readonly type: 'cancel'; readonly id: number };

/** Worker to page. A notice is no failure: a fallback, a lost device, a full disk. */
export type FromWorker =
  // It listens now: some browsers lose what was sent before, so the page sends it all again.
  | { readonly type: 'listening' }
  | { readonly type: 'ready' }
  // Around each start of a backend: one that blocks the worker's thread is noticed by the page alone.
  | { readonly type: 'starting'; readonly attempt: StartAttempt }
  | { readonly type: 'started'; readonly ok: boolean }
  | { readonly type: 'event'; readonly id: number; readonly event: Jobs[JobName]['event'] }
  | { readonly type: 'result'; readonly id: number; readonly result: Jobs[JobName]['result'] }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorReport }
  | { readonly type: 'notice'; readonly message: string };
