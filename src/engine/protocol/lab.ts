// The lab's events and answers: what the worker tells of training runs. Types only; what a page may ask: labJobs.ts.
import type {
  BackendInfo,
  EncodedEvent,
  UpdateTraceEvent,
  Phase,
  TrainingStepEvent as StepEvent,
} from '@noisebook/ldm';
import type {
  GuessPreview,
  PicturesPreview,
  SamplesPreview,
  TrainingDataset,
} from '../../storage/trainingData.ts';
import type { RunHistory, RunRecord } from '../../storage/types.ts';

/** The store says what these are: they are sent as they are kept. */
export type LabDataset = TrainingDataset;
export type LabPicturesEvent = PicturesPreview;
export type LabSamplesEvent = SamplesPreview;
export type LabGuessEvent = GuessPreview;

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
  | UpdateTraceEvent
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

export interface LabExportResult {
  readonly phase: Phase;
  readonly step: number;
  /** A diffusers folder: path and bytes. */
  readonly files: readonly (readonly [path: string, bytes: Uint8Array<ArrayBuffer>])[];
}

export interface LabMemoryResult {
  readonly list?: readonly RunRecord[];
  readonly history?: RunHistory;
}
