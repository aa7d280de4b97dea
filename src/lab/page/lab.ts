// The lab: what is stored is read and changed here, what computes goes to the worker.
import type { LabTrainResult } from '../../engine/protocol/lab.ts';
import type { LabCreateRequest, LabTrainRequest } from '../../engine/protocol/labJobs.ts';
import {
  announceChange,
  newId,
  onChange,
  snapshotModel,
  trainedRuns,
  withRunLock,
  type RunRecord,
  type Store,
} from '../../storage/index.ts';
import type { Engine } from '../../engine/page/engineTypes.ts';
import { busyElsewhere, busyHere, labError, missingRun } from './errors.ts';
import { MemoryRuns, type ListedRuns } from './memoryRuns.ts';
import { askToKeep, storageRoom } from './storage.ts';
import { train } from './training.ts';
import type { Lab, ListedRun, OpenRun, TrainingStatus, TrainOptions, Unkept, Unreadable } from './types.ts';

export class PageLab implements Lab {
  readonly lasting: boolean;
  readonly unkept: Unkept | undefined;
  readonly #engine: () => Promise<Engine>;
  readonly #runs: ListedRuns;
  readonly #memory: MemoryRuns;
  #training: TrainingStatus | undefined;

  /** @param engine gives the page's engine; its worker starts with the first call that computes */
  constructor(engine: () => Promise<Engine>, store: Store) {
    this.#engine = engine;
    this.lasting = store.lasting;
    this.unkept = store.trouble && { why: store.trouble.error.message, names: store.trouble.names };
    this.#memory = new MemoryRuns(engine);
    this.#runs = store.lasting ? store.runs : this.#memory;
  }

  get training(): TrainingStatus | undefined {
    return this.#training;
  }

  async list(): Promise<ListedRun[]> {
    return guarded(async () => {
      const [runs, trained] = await Promise.all([this.#runs.list(), trainedRuns()]);
      return runs.map((run) => this.#listed(run, trained));
    });
  }

  async listUnreadable(): Promise<readonly Unreadable[]> {
    return guarded(() => this.#runs.listUnreadable());
  }

  onChange(callback: () => void): () => void {
    return onChange(callback);
  }

  async open(id: string): Promise<OpenRun> {
    return guarded(async () => {
      const run = await this.#find(id);
      return { run, ...(await this.#runs.history(id)) };
    });
  }

  async probe(...[request, { signal, onLoad } = {}]: Parameters<Lab['probe']>): ReturnType<Lab['probe']> {
    const engine = await this.#engine();
    return engine.call('lab-probe', request, {
      ...(signal && { signal }),
      ...(onLoad && { onEvent: onLoad }),
    });
  }

  async create(request: LabCreateRequest): Promise<ListedRun> {
    // Not awaited: the reader may take a while to answer.
    void askToKeep();
    // Copied once: the caller keeps the pictures, the copy is given away.
    const pixels = request.dataset.pixels.slice();
    const dataset = { ...request.dataset, pixels };
    const engine = await this.#engine();
    const run = await engine.call(
      'lab-create',
      { ...request, dataset, id: newId() },
      { transfer: [pixels.buffer] },
    );
    this.#memory.made();
    // The worker opens the storage by itself: only what this page finds there is kept.
    await this.#find(run.id);
    return this.#listed(run, new Set());
  }

  async train(
    runId: string,
    mode: LabTrainRequest['mode'],
    options: TrainOptions = {},
  ): Promise<LabTrainResult> {
    if (this.#training !== undefined) throw busyHere((await this.#find(this.#training.runId)).name);
    const status = (now: TrainingStatus): void => {
      this.#training = now;
      options.onStatus?.(now);
    };
    status({ runId, mode, state: 'waiting' });
    try {
      return await train(await this.#engine(), { runId, mode }, { ...options, onStatus: status });
    } finally {
      this.#training = undefined;
      announceChange();
    }
  }

  async rename(id: string, name: string): Promise<void> {
    await guarded(() => this.#runs.rename(id, name));
    announceChange();
  }

  async reset(id: string): Promise<void> {
    await this.#alone(id, () => this.#runs.reset(id));
  }

  async remove(id: string): Promise<void> {
    await this.#alone(id, () => this.#runs.remove(id));
  }

  room(): ReturnType<Lab['room']> {
    return storageRoom();
  }

  modelOf(id: string, snapshotIndex: number): string {
    return snapshotModel(id, snapshotIndex);
  }

  /** Does what nobody who trains the run could bear. */
  async #alone(id: string, change: () => Promise<void>): Promise<void> {
    await guarded(async () => {
      if (this.#training?.runId === id) throw busyHere((await this.#find(id)).name);
      const outcome = await withRunLock(id, async () => {
        await change();
        return true;
      });
      if (outcome === undefined) throw busyElsewhere((await this.#find(id)).name);
    });
    announceChange();
  }

  async #find(id: string): Promise<ListedRun> {
    const run = (await this.list()).find((each) => each.id === id);
    if (run === undefined) throw missingRun();
    return run;
  }

  #listed(run: RunRecord, trained: ReadonlySet<string>): ListedRun {
    const here = this.#training?.runId === run.id;
    const trainedBy = here ? 'here' : trained.has(run.id) ? 'elsewhere' : undefined;
    const idle = run.state === 'training' ? 'interrupted' : run.state;
    return { ...run, trainedBy, shown: trainedBy === undefined ? idle : 'training' };
  }
}

async function guarded<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw labError(error);
  }
}
