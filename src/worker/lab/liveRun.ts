// The run in this worker's memory: made, read from its last checkpoint, or still there from before the pause.
import type { LabDataset, LabEvent } from '../../protocol/lab.ts';
import type { RunRecord, Store } from '../../runs/index.ts';
import type { BackendInfo } from '../../protocol.ts';
import { WorkerError } from '../errors.ts';
import { Looks } from './looks.ts';
import { Recorder } from './recorder.ts';
import type { RunData, RunMaker, TrainingRun } from './trainingRun.ts';

export interface LiveRun {
  readonly id: string;
  readonly run: TrainingRun;
  readonly backend: BackendInfo;
  readonly data: LabDataset;
  readonly looks: Looks;
  readonly recorder: Recorder;
}

/** What a worker holds of runs: at most one. */
export class LiveRuns {
  readonly #maker: RunMaker;
  #live: LiveRun | undefined;

  constructor(maker: RunMaker) {
    this.#maker = maker;
  }

  /**
   * The run as it is stored, on `backend`. One in memory is taken if nobody stored another checkpoint meanwhile.
   * @throws {WorkerError} 'missing-run'
   */
  async open(
    id: string,
    backend: BackendInfo,
    store: Store,
    emit: (event: LabEvent) => void = () => undefined,
  ): Promise<LiveRun> {
    // An attempt that lost its device may still be writing a checkpoint that it had read before.
    await this.#live?.recorder.settled();
    const record = await store.runs.get(id);
    if (record === undefined) throw missing(id);
    const live = this.#live;
    const current = live?.id === id && live.recorder.record.revision === record.revision;
    if (live !== undefined && current && live.backend === backend) return live;
    this.release();
    emit({ type: 'progress', what: 'read', share: 0 });
    this.#live = await this.#read(record, backend, store);
    emit({ type: 'progress', what: 'read', share: 1 });
    return this.#live;
  }

  /** Frees the run in memory. */
  release(): void {
    const live = this.#live;
    this.#live = undefined;
    try {
      live?.run.dispose();
    } catch {
      // What was on a lost device went with it.
    }
  }

  async #read(record: RunRecord, backend: BackendInfo, store: Store): Promise<LiveRun> {
    const { id, recipe } = record;
    const [data, checkpoint] = await Promise.all([store.runs.dataset(id), store.runs.checkpoint(id)]);
    if (data === undefined) throw missing(id);
    const runData = trainingData(data, recipe.images);
    const run =
      checkpoint === undefined
        ? await this.#maker.create(recipe, runData)
        : await this.#maker.restore(recipe, runData, checkpoint.bytes);
    const looks = new Looks(recipe, data);
    return { id, run, backend, data, looks, recorder: new Recorder(store.runs, record) };
  }
}

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
