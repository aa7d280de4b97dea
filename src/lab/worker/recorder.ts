// Keeps what a run has done since its last checkpoint, and stores it together with the next one.
import type { EncodedEvent, TrainingStepEvent as StepEvent, TrainingEvent } from '@noisebook/ldm';
import type {
  GoneOnFrom,
  NewSnapshot,
  Progress,
  RunRecord,
  RunState,
  RunStore,
  StoredCheckpoint,
} from '../../storage/index.ts';
import { throwIfAborted } from '../../engine/worker/errors.ts';
import type { TrainingRun } from './trainingRun.ts';

interface SaveOptions {
  readonly state: RunState;
  readonly message?: string;
  readonly backend: string;
  /** Nothing is written any more once it is aborted: the device was lost, somebody else goes on. */
  readonly signal: AbortSignal;
}

export class Recorder {
  readonly #store: RunStore;
  #record: RunRecord;
  #from: GoneOnFrom;
  #steps: StepEvent[] = [];
  #encoded: EncodedEvent | undefined;
  #snapshots: NewSnapshot[] = [];
  #trainedMs: number;
  #since: number | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /**
   * @param record the run as it is stored
   * @param checkpoint the one that was read; undefined for a run that has none
   */
  constructor(store: RunStore, record: RunRecord, checkpoint?: StoredCheckpoint) {
    this.#store = store;
    this.#record = record;
    this.#from = fromOf(record, checkpoint);
    this.#trainedMs = checkpoint?.trainedMs ?? record.trainedMs;
  }

  /** The run as it was stored last. */
  get record(): RunRecord {
    return this.#record;
  }

  /** What was gone on from. */
  get from(): GoneOnFrom {
    return this.#from;
  }

  /** Whether anything has happened since. */
  get dirty(): boolean {
    return this.#steps.length > 0 || this.#encoded !== undefined || this.#snapshots.length > 0;
  }

  /** Milliseconds of training so far. */
  get trainedMs(): number {
    return this.#trainedMs + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  /** Lets the clock of training run, or stops it. */
  clock(runs: boolean): void {
    this.#trainedMs = this.trainedMs;
    this.#since = runs ? performance.now() : undefined;
  }

  add(event: TrainingEvent): void {
    if (event.type === 'step') this.#steps.push(event);
    else if (event.type === 'encoded') this.#encoded = event;
  }

  addSnapshot(snapshot: NewSnapshot): void {
    this.#snapshots.push(snapshot);
  }

  /**
   * Stores a checkpoint of `run` with all that led to it. If that fails, everything is kept for the next try.
   * @returns bytes of the checkpoint
   */
  async save(run: TrainingRun, { state, message, backend, signal }: SaveOptions): Promise<number> {
    const { phase, step } = run;
    const trainedMs = this.trainedMs;
    const [steps, encoded, snapshots] = [this.#steps, this.#encoded, this.#snapshots];
    // Shared memory cannot be stored, and a backend may go on writing in its own.
    const bytes = new Uint8Array(await run.checkpoint());
    throwIfAborted(signal);
    const progress: Progress = {
      from: this.#from,
      checkpoint: { phase, step, trainedMs, bytes },
      steps,
      ...(encoded && { encoded }),
      snapshots,
      state,
      ...(message !== undefined && { message }),
      backend,
    };
    const writing = this.#store.save(this.#record.id, progress);
    this.#writing = writing.catch(() => undefined);
    const record = (this.#record = await writing);
    this.#from = fromOf(record, record);
    this.#steps = this.#steps.slice(steps.length);
    this.#snapshots = this.#snapshots.slice(snapshots.length);
    if (this.#encoded === encoded) this.#encoded = undefined;
    return bytes.length;
  }

  /** Says how training ended where there is nothing to save, or no way to. */
  async end(state: RunState, message?: string): Promise<void> {
    await this.#store.end(this.#record.id, state, message);
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}

const fromOf = (
  { revision }: RunRecord,
  checkpoint: Pick<StoredCheckpoint, 'revision' | 'phase' | 'step'> | undefined,
): GoneOnFrom => ({
  revision,
  ...(checkpoint && {
    checkpoint: { revision: checkpoint.revision, phase: checkpoint.phase, step: checkpoint.step },
  }),
});
