// The run in this worker's memory: made, read from its last checkpoint, or still there from before the pause.
import type { LabDataset, LabEvent } from '../../engine/protocol/lab.ts';
import type { RunRecord, Store, StoredCheckpoint } from '../../storage/index.ts';
import type { BackendInfo } from '@noisebook/ldm';
import { isOutOfMemory, WorkerError } from '../../engine/worker/errors.ts';
import type { MemoryBudget, Resident } from '../../engine/worker/memoryBudget.ts';
import type { Session } from '../../engine/worker/session.ts';
import { RunPreviews } from './previews.ts';
import { Recorder } from './recorder.ts';
import type { RunData, RunMaker, TrainingRun } from './trainingRun.ts';

export interface LiveRun {
  readonly id: string;
  readonly run: TrainingRun;
  readonly backend: BackendInfo;
  readonly data: LabDataset;
  readonly previews: RunPreviews;
  readonly recorder: Recorder;
  /** The newest checkpoint could not be used: this is an older one. */
  readonly fellBack: boolean;
}

export interface OpenOptions {
  readonly emit?: (event: LabEvent) => void;
  /** Whose memory it takes: models leave where there is no room beside it, and it leaves for them between its trainings. */
  readonly session?: Pick<Session, 'budget'> & { readonly compute: Pick<Session['compute'], 'running'> };
}

/** What a worker holds of runs: at most one. */
export class LiveRuns {
  readonly #maker: RunMaker;
  #live: LiveRun | undefined;
  /** Its place in the memory budget. */
  #counted: { readonly budget: MemoryBudget; readonly resident: Resident } | undefined;
  /** Revisions of checkpoints from which training could not go on, by run. */
  readonly #useless = new Map<string, number>();

  constructor(maker: RunMaker) {
    this.#maker = maker;
  }

  /**
   * The run as it is stored, on `backend`. One in memory is taken if nobody stored another checkpoint meanwhile.
   * Where the newest checkpoint can't be used, the one before is.
   * @throws {WorkerError} 'missing-run'; 'failed' where no checkpoint can be used
   */
  async open(
    id: string,
    backend: BackendInfo,
    store: Store,
    { emit = () => undefined, session }: OpenOptions = {},
  ): Promise<LiveRun> {
    // An attempt that lost its device may still be writing a checkpoint that it had read before.
    await this.#live?.recorder.settled();
    const record = await store.runs.get(id);
    if (record === undefined) throw store.trouble?.error ?? missing(id);
    const live = this.#live;
    const current = live?.id === id && live.recorder.record.revision === record.revision;
    if (live !== undefined && current && live.backend === backend) {
      this.#counted?.budget.touch(this.#counted.resident);
      return live;
    }
    this.release();
    emit({ type: 'progress', what: 'read', share: 0 });
    const read = (this.#live = await this.#read(record, backend, store));
    if (session !== undefined) this.#count(read, session);
    emit({ type: 'progress', what: 'read', share: 1 });
    return read;
  }

  /** Counts the run in memory in the budget of the worker. */
  #count(live: LiveRun, { budget, compute }: NonNullable<OpenOptions['session']>): void {
    const { id, run, recorder, backend } = live;
    const resident: Resident = {
      name: id,
      kind: 'training-run',
      get bytes() {
        return run.numBytes;
      },
      isLoaded: () => compute.running === backend,
      leave: () => {
        // What is stored can be read again.
        if (!recorder.dirty) this.release();
      },
    };
    budget.add(resident);
    this.#counted = { budget, resident };
    budget.makeRoom(0, [id]);
  }

  /** Frees the run in memory. */
  release(): void {
    const live = this.#live;
    this.#live = undefined;
    this.#counted?.budget.remove(this.#counted.resident);
    this.#counted = undefined;
    try {
      live?.run.dispose();
    } catch {
      // What was on a lost device went with it.
    }
  }

  /** The run in memory is spoilt. If it never got beyond what it was read from, an older checkpoint is tried next. */
  giveUp(live: LiveRun): void {
    const { checkpoint } = live.recorder.from;
    if (checkpoint !== undefined && !live.recorder.dirty) this.#useless.set(live.id, checkpoint.revision);
    this.release();
  }

  async #read(record: RunRecord, backend: BackendInfo, store: Store): Promise<LiveRun> {
    const { id, recipe } = record;
    const data = await store.runs.dataset(id);
    if (data === undefined) throw missing(id);
    const { run, checkpoint, fellBack } = await this.#restore(
      record,
      trainingData(data, recipe.images),
      store,
    );
    const previews = new RunPreviews(recipe, data);
    const recorder = new Recorder(store.runs, record, checkpoint);
    return { id, run, backend, data, previews, recorder, fellBack };
  }

  /** From the newest checkpoint that can be read and that training has not failed on. */
  async #restore(record: RunRecord, data: RunData, store: Store): Promise<Restored> {
    const { id, recipe } = record;
    let reason: unknown;
    let spare: Restored | undefined;
    for (let older = 0; ; older++) {
      try {
        const checkpoint = await store.runs.checkpoint(id, older);
        if (checkpoint === undefined) break;
        const run = await this.#maker.restore(recipe, data, checkpoint.bytes);
        const found = { run, checkpoint, fellBack: older > 0 };
        if (checkpoint.revision !== this.#useless.get(id)) {
          spare?.run.dispose();
          return found;
        }
        spare = found;
      } catch (error) {
        if (isOutOfMemory(error)) throw error;
        reason ??= error;
      }
    }
    // Better one that failed once than none.
    if (spare !== undefined) return spare;
    const begun = record.step > 0 || record.phase === 'denoiser';
    if (!begun && reason === undefined) {
      return { run: await this.#maker.create(recipe, data), checkpoint: undefined, fellBack: false };
    }
    throw unusable(record, reason);
  }
}

interface Restored {
  readonly run: TrainingRun;
  readonly checkpoint: StoredCheckpoint | undefined;
  readonly fellBack: boolean;
}

const unusable = ({ name }: RunRecord, reason: unknown): WorkerError => {
  const why = reason instanceof Error ? reason.message : 'it is not there';
  return new WorkerError(
    'failed',
    `No checkpoint of “${name}” can be read (${why.replace(/\.$/, '')}). “Start over” trains it again from its first step.`,
    { cause: reason },
  );
};

/** The first pictures of a data set; those behind them are for looking only. */
export function trainingData(data: LabDataset, images: number): RunData {
  const { size, words } = data;
  return {
    count: images,
    size,
    pixels: data.pixels.subarray(0, images * size * size * 3),
    captions: data.captions.slice(0, images),
    words,
  };
}

const missing = (id: string): WorkerError =>
  new WorkerError(
    'missing-run',
    `The training run ${id} is not in this browser any more: it may have been deleted in another tab.`,
  );
