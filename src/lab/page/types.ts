// The lab as components see it: training runs that are listed, made, trained, looked back on and taken away.
import type { LoadEvent } from '../../engine/protocol/messages.ts';
import type { LabEvent, LabProbeResult, LabTrainResult } from '../../engine/protocol/lab.ts';
import type { LabCreateRequest, LabProbeRequest, LabTrainRequest } from '../../engine/protocol/labJobs.ts';
import type { RunHistory, RunRecord, StoredNames, Unreadable } from '../../storage/types.ts';

export type { RunHistory, RunRecord, Unreadable } from '../../storage/types.ts';

/** A run in the list. */
export interface ListedRun extends RunRecord {
  /** Who trains it now: this tab, another one, or nobody. */
  readonly trainedBy: 'here' | 'elsewhere' | undefined;
  /** The state to show: `training` only while somebody trains; `interrupted` if it was cut off: it goes on at its last checkpoint. */
  readonly shown: RunRecord['state'] | 'interrupted';
}

/** A run and its past, up to its newest checkpoint. */
export interface OpenRun extends RunHistory {
  readonly run: ListedRun;
}

/** How training goes, beside its events. */
export interface TrainingStatus {
  readonly runId: string;
  readonly mode: LabTrainRequest['mode'];
  /** `waiting` for the worker (a figure computes), `preparing` (backend, data, checkpoint), `training`, `pausing` (saves). */
  readonly state: 'waiting' | 'preparing' | 'training' | 'pausing';
  /** Steps a second over the last seconds; undefined until known. */
  readonly stepsPerSecond?: number;
  /** Set while the tab is hidden and the browser slows it down: how many times slower than before. */
  readonly throttled?: number;
}

export interface TrainOptions {
  /** Abort it to pause: the run is saved, then the call resolves with `ended: 'paused'`. */
  readonly signal?: AbortSignal;
  /** All events since the last call, in order; at most about ten calls a second. */
  readonly onEvents?: (events: readonly LabEvent[]) => void;
  readonly onStatus?: (status: TrainingStatus) => void;
  /** What is loaded before the first step. */
  readonly onLoad?: (event: LoadEvent) => void;
}

/** Room in this browser, in bytes; undefined where the browser does not say. */
export interface Room {
  readonly free: number | undefined;
  readonly used: number | undefined;
  /** True once the browser has promised not to clear it by itself. */
  readonly persisted: boolean;
}

/** Why nothing lasts here, and what is in the storage all the same, out of this page's reach. */
export interface Unkept {
  /** A sentence or two for the reader. */
  readonly why: string;
  readonly names: StoredNames;
}

/**
 * Training runs. Every call rejects with an `EngineError` whose message is a sentence for the reader.
 *
 * A run is trained by one tab at a time. What is stored always stands at a checkpoint: whatever happens to the page,
 * `train` goes on there.
 */
export interface Lab {
  /** False where this browser keeps nothing for this page (some private windows): runs are gone with the tab. */
  readonly lasting: boolean;
  /** Set where nothing lasts. */
  readonly unkept: Unkept | undefined;
  /** All runs that can be read, newest first. */
  list(): Promise<ListedRun[]>;
  /** The others: they can only be deleted. */
  listUnreadable(): Promise<readonly Unreadable[]>;
  /** Calls back when a run was made, changed, begun, ended or deleted, in this tab or another. Returns the way to stop it. */
  onChange(callback: () => void): () => void;
  /** A run with its loss curve and snapshots; rejects if there is no such run. */
  open(id: string): Promise<OpenRun>;
  /** Times a few steps of this recipe on random numbers. */
  probe(
    request: LabProbeRequest,
    options?: { readonly signal?: AbortSignal; readonly onLoad?: (event: LoadEvent) => void },
  ): Promise<LabProbeResult>;
  /** Stores a new run; the pictures are copied. Asks the browser once to keep what is stored. */
  create(request: LabCreateRequest): Promise<ListedRun>;
  /**
   * Trains until the end, a pause, or trouble (`ended: 'stopped'` with the reason; the last good checkpoint is kept).
   * The first event is `resumed`: forget every step after it, they will be done again.
   * Rejects if another tab trains this run.
   */
  train(id: string, mode: LabTrainRequest['mode'], options?: TrainOptions): Promise<LabTrainResult>;
  /** The run that this tab trains now. */
  readonly training: TrainingStatus | undefined;
  rename(id: string, name: string): Promise<void>;
  /** Back to step 0, with the same recipe, data and name. Refused while it is trained. */
  reset(id: string): Promise<void>;
  /** Deletes a run with its checkpoints and snapshots. Refused while it is trained. */
  remove(id: string): Promise<void>;
  room(): Promise<Room>;
  /**
   * Name by which the jobs `generate`, `load`, `encode` and `decode` know a snapshot that has files: draw with the
   * reader's own prompt and seed by `engine.call('generate', { model: lab.modelOf(id, index), ... })`. Waits while a run trains.
   */
  modelOf(id: string, snapshotIndex: number): string;
}
