// What is kept of a training run, and the calls of a store that keeps it. Types only.
import type { EncodedEvent, Phase, TrainingStepEvent as StepEvent } from '@noisebook/ldm';
import type { Recipe } from '@noisebook/ldm/numbers';
import type { GuessPreview, PicturesPreview, SamplesPreview, TrainingDataset } from './trainingData.ts';

/**
 * How far a run is. `training` in the store means only that somebody began: whether somebody still does, its lock says
 * (`trainedRuns` of locks.ts). `stopped`: `message` says why.
 */
export type RunState = 'new' | 'training' | 'paused' | 'finished' | 'stopped';

/** A run in a list. */
export interface RunRecord {
  /** Lower-case letters and digits. */
  readonly id: string;
  readonly name: string;
  readonly recipe: Recipe;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly changed: number;
  readonly state: RunState;
  readonly message?: string;
  /** Where the newest checkpoint stands; steps of that phase that are done. */
  readonly phase: Phase;
  readonly step: number;
  /** Milliseconds spent training up to that checkpoint. */
  readonly trainedMs: number;
  /** Where it was trained last, for people: "wasm (2 threads)". */
  readonly backend?: string;
  /** Bytes in the store: pictures, checkpoints, snapshots, events. */
  readonly bytes: number;
  /** Counts the checkpoints; a copy in memory is current if it has the same. */
  readonly revision: number;
  /** What the run is trained on, without the pictures. */
  readonly data: Pick<TrainingDataset, 'kind' | 'title' | 'credit' | 'count' | 'size' | 'sampleCaptions'>;
}

/** Everything needed to go on. */
export interface Checkpoint {
  readonly phase: Phase;
  readonly step: number;
  readonly trainedMs: number;
  /** What `Run.checkpoint` gave. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A checkpoint that is stored. */
export interface StoredCheckpoint extends Checkpoint {
  /** The run's revision that it made. */
  readonly revision: number;
}

/** How a run looked at one point. Whatever was made then is there. */
export interface Snapshot {
  /** 0, 1, 2 ... in the order of training. */
  readonly index: number;
  readonly phase: Phase;
  readonly step: number;
  readonly trainedMs: number;
  readonly pictures?: PicturesPreview;
  readonly samples?: SamplesPreview;
  readonly guess?: GuessPreview;
  /** True if its averaged weights are stored too: it can draw, and it can be taken away. */
  readonly hasFiles: boolean;
}

/** A model's folder: bytes by path. */
export type ModelFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** A snapshot on its way into the store. */
export type NewSnapshot = Omit<Snapshot, 'index' | 'hasFiles'> & { readonly files?: ModelFiles };

/** What was gone on from: the run as it was read, and the checkpoint, an older one where the newest could not be used. */
export interface GoneOnFrom {
  readonly revision: number;
  /** Left out for a run that had none. */
  readonly checkpoint?: Pick<StoredCheckpoint, 'revision' | 'phase' | 'step'>;
}

/** What a run has done since its last checkpoint; stored with the next one, or not at all. */
export interface Progress {
  /** Left out: the run as it is stored. */
  readonly from?: GoneOnFrom;
  readonly checkpoint: Checkpoint;
  /** Every step since the last checkpoint, in order. */
  readonly steps: readonly StepEvent[];
  readonly encoded?: EncodedEvent;
  readonly snapshots: readonly NewSnapshot[];
  readonly state: RunState;
  readonly message?: string;
  readonly backend: string;
}

/** The past of a run up to its newest checkpoint. */
export interface RunHistory {
  readonly steps: readonly StepEvent[];
  readonly encoded?: EncodedEvent;
  readonly snapshots: readonly Snapshot[];
  /** Parts of it that could not be read and are left out; undefined if none. */
  readonly lost?: number;
}

/** A record of another shape than this version knows, or damaged: it can be deleted, and a model's files be taken. */
export interface Unreadable {
  readonly id: string;
  readonly name: string;
}

/** What a storage of another version holds, by name. */
export interface StoredNames {
  readonly runs: readonly string[];
  readonly models: readonly string[];
}

/** A finished or opened model, usable in every figure as 'own-<id>'. */
export interface UserModel {
  /** Lower-case letters and digits, 6 to 40. */
  readonly id: string;
  /** 'own-' and the id. */
  readonly name: `own-${string}`;
  readonly title: string;
  /** ISO 8601 */
  readonly created: string;
  readonly bytes: number;
  /** First 8 hexadecimal digits of the SHA-256 of its manifest.json. */
  readonly hash: string;
  readonly image: {
    readonly size: number;
    readonly f: number;
    readonly latentChannels: number;
    readonly latentSize: number;
  };
  readonly sampling: { readonly numInferenceSteps: number; readonly guidanceScale: number };
  readonly knownWords: readonly string[];
  /** Prompts to offer. */
  readonly examples: readonly string[];
  readonly facePixels?: boolean;
  readonly origin: 'run' | 'opened';
  readonly runId?: string;
  readonly step?: number;
}

/** Keeps runs. Every call rejects with a `StoreError`. */
export interface RunStore {
  /** False if what it keeps is gone with the page. */
  readonly lasting: boolean;
  /** Newest first. */
  list(): Promise<RunRecord[]>;
  /** Those that `list` leaves out. */
  listUnreadable(): Promise<Unreadable[]>;
  /** Rejects with 'unreadable' where its record can't be read. */
  get(id: string): Promise<RunRecord | undefined>;
  create(run: RunRecord, dataset: TrainingDataset): Promise<void>;
  dataset(id: string): Promise<TrainingDataset | undefined>;
  rename(id: string, name: string): Promise<void>;
  /** Says that training begins. */
  begin(id: string, backend: string): Promise<void>;
  /** Says how it ended where nothing new is to be saved. */
  end(id: string, state: RunState, message?: string): Promise<void>;
  /**
   * Stores a checkpoint and all that led to it in one transaction, keeps the newest two. Where training went on from an
   * older one, all that came after that one leaves. Rejects with 'conflict' if the stored revision is another than `from`'s.
   * @returns the run as it is now
   */
  save(id: string, progress: Progress): Promise<RunRecord>;
  /**
   * The newest checkpoint, or one before it. Rejects with 'unreadable' where it is there and can't be read.
   * @param older 0 the newest, 1 the one before
   */
  checkpoint(id: string, older?: number): Promise<StoredCheckpoint | undefined>;
  /** Steps and snapshots (without their files) up to the newest checkpoint. */
  history(id: string): Promise<RunHistory>;
  snapshotFiles(id: string, index: number): Promise<ModelFiles | undefined>;
  /** Back to the first step: recipe, name and data stay. */
  reset(id: string): Promise<void>;
  /** Deletes a run with all that belongs to it. Models made of it stay. */
  remove(id: string): Promise<void>;
}

/** Keeps models. Every call rejects with a `StoreError`. */
export interface ModelStore {
  saveModel(model: UserModel, files: ModelFiles): Promise<void>;
  /** Newest first. */
  listModels(): Promise<UserModel[]>;
  /** Those that `listModels` leaves out. */
  listUnreadableModels(): Promise<Unreadable[]>;
  getModel(id: string): Promise<UserModel | undefined>;
  readModelFiles(id: string): Promise<Map<string, Uint8Array<ArrayBuffer>> | undefined>;
  renameModel(id: string, title: string): Promise<void>;
  deleteModel(id: string): Promise<void>;
}
