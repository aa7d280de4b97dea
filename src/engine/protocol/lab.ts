// Messages about training runs between the page and its compute worker. Types only; conventions as in protocol.ts.
import type { EncodedEvent, MovesEvent, Phase, StepEvent } from '../../lib/ldm/training/types.ts';
import type { DataKind } from '../../datasets/dataKinds.ts';
import type { Recipe } from '../../lib/ldm/recipe/recipe.ts';
import type { BackendInfo } from './messages.ts';
import type { RunHistory, RunRecord } from '../../storage/types.ts';

/** Pictures to train on, with what is known of them. */
export interface LabDataset {
  readonly kind: DataKind;
  /** For people: "faces", "digits", "12 pictures of yours". */
  readonly title: string;
  /** Credit and licence, where the pictures have them. */
  readonly credit?: string;
  readonly count: number;
  readonly size: number;
  /** RGB bytes, [count, size, size, 3]. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /**
   * Per picture one or more texts to draw from at each use; words apart by spaces. With `facts` each text is one word per
   * fact. Empty for unconditional training.
   */
  readonly captions: readonly (readonly string[])[];
  /** Every word that the captions use, sorted: the tokenizer's vocabulary. */
  readonly words: readonly string[];
  /** Captions whose samples show the progress (fixed noise), and how they are called on the page. */
  readonly sampleCaptions: readonly { readonly text: string; readonly label: string }[];
}

export interface LabProbeRequest {
  readonly recipe: Recipe;
  /** Steps to time in each phase; 2 by default, after one to warm up. */
  readonly steps?: number;
}

/** What a run will take, from a few timed steps on random numbers. */
export interface LabProbeResult {
  readonly backend: BackendInfo;
  readonly msPerAutoencoderStep: number;
  readonly msPerDenoiserStep: number;
  readonly msEncodeAll: number;
  readonly parameters: { readonly vae: number; readonly unet: number; readonly textEncoder: number };
  /** Bytes at the worst moment: weights, optimizer, activations, data. */
  readonly memoryBytes: number;
  /** Bytes that the run will take in the browser's storage. */
  readonly storageBytes: number;
}

export interface LabCreateRequest {
  readonly name: string;
  readonly recipe: Recipe;
  readonly dataset: LabDataset;
}

/** A new run on its way to the worker. */
export interface LabStoreRequest extends LabCreateRequest {
  readonly id: string;
}

/** `run` goes on until the end or a cancel; `step` does one optimizer step with its moves; `slow` waits between steps. */
export interface LabTrainRequest {
  readonly runId: string;
  readonly mode: 'run' | 'step' | 'slow';
}

/** Originals and their reconstructions, the latents between them, and the map, as phase one goes on. */
export interface LabPicturesEvent {
  readonly type: 'pictures';
  readonly step: number;
  readonly count: number;
  readonly size: number;
  readonly originals: Uint8ClampedArray<ArrayBuffer>;
  readonly reconstructions: Uint8ClampedArray<ArrayBuffer>;
  /** Posterior means [count, h, w, c]. */
  readonly latents: Float32Array<ArrayBuffer>;
  readonly latentSize: number;
  readonly latentChannels: number;
  /** dB over these pictures, none of which was trained on where the data allows it. */
  readonly psnr: number;
  /** Two numbers a picture: the first principal components of the latents of the first pictures of the set. */
  readonly map: Float32Array<ArrayBuffer>;
}

/** Samples from fixed noise and the fixed captions, drawn with the averaged (EMA) weights. */
export interface LabSamplesEvent {
  readonly type: 'samples';
  readonly step: number;
  readonly count: number;
  readonly size: number;
  readonly images: Uint8ClampedArray<ArrayBuffer>;
}

/** One picture of the set, noised to `timestep`, and the guess of it that the denoiser makes now. */
export interface LabGuessEvent {
  readonly type: 'guess';
  readonly step: number;
  readonly timestep: number;
  readonly size: number;
  readonly original: Uint8ClampedArray<ArrayBuffer>;
  readonly noised: Uint8ClampedArray<ArrayBuffer>;
  readonly guess: Uint8ClampedArray<ArrayBuffer>;
}

/** Everything needed to go on from here is stored. */
export interface LabCheckpointEvent {
  readonly type: 'checkpoint';
  readonly phase: Phase;
  readonly step: number;
  readonly bytes: number;
}

/** A part of the work that has no steps: 0 to 1. */
export interface LabProgressEvent {
  readonly type: 'progress';
  readonly what: 'encode' | 'sample' | 'save' | 'read';
  readonly share: number;
}

/**
 * Training (re)starts behind this step of this phase: forget all later ones. Comes first, and again when the device was
 * lost and the run went back to its last checkpoint.
 */
export interface LabResumedEvent {
  readonly type: 'resumed';
  readonly phase: Phase;
  readonly step: number;
  /** Where the newest checkpoint stands, if it could not be used: this is the one before. */
  readonly unused?: { readonly phase: Phase; readonly step: number };
}

/** A snapshot was made: it can be scrubbed to once the next checkpoint is stored. */
export interface LabSnapshotEvent {
  readonly type: 'snapshot';
  readonly phase: Phase;
  readonly step: number;
}

export type LabEvent =
  | LabResumedEvent
  | LabSnapshotEvent
  | StepEvent
  | EncodedEvent
  | MovesEvent
  | LabPicturesEvent
  | LabSamplesEvent
  | LabGuessEvent
  | LabCheckpointEvent
  | LabProgressEvent;

export interface LabTrainResult {
  /** Why it ended. `stopped`: going on would be of no use, or nothing more can be stored; `message` says it. */
  readonly ended: 'finished' | 'paused' | 'stopped';
  readonly message?: string;
  readonly phase: Phase;
  readonly step: number;
  readonly backend: BackendInfo;
}

/** Events on their way to the page: those of about a tenth of a second in one message. */
export interface LabBatch {
  readonly type: 'lab';
  readonly events: readonly LabEvent[];
}

/** The files of a run where it stands now, or of one of its snapshots (averaged weights, no computing). */
export interface LabExportRequest {
  readonly runId: string;
  readonly snapshot?: number;
  /** Which weights of the run itself; `averaged` (EMA) by default. */
  readonly weights?: 'averaged' | 'latest';
}

export interface LabExportResult {
  readonly phase: Phase;
  readonly step: number;
  /** A diffusers folder: path and bytes. */
  readonly files: readonly (readonly [path: string, bytes: Uint8Array<ArrayBuffer>])[];
}

/** Where nothing lasts, the runs are in the worker's memory: the calls of the store that the page needs. */
export type LabMemoryRequest =
  | { readonly call: 'list' }
  | { readonly call: 'history' | 'reset' | 'remove'; readonly id: string }
  | { readonly call: 'rename'; readonly id: string; readonly name: string };

export interface LabMemoryResult {
  readonly list?: readonly RunRecord[];
  readonly history?: RunHistory;
}
