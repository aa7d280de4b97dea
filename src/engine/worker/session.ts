// What the worker holds between jobs: the backend, the loaded models, the queue of jobs.
import { memorySource, type ModelSource, type VaeConfig, yieldToEventLoop } from '@noisebook/ldm/numbers';
import { type BackendInfo, type HostPart, readModelFolder, readVae } from '@noisebook/ldm';
import type { LoadEvent } from '../protocol/messages.ts';
import type { FromWorker, WorkerSetup } from '../protocol/transport.ts';
import { Compute, type StartMessage } from './backend.ts';
import { downloadModel, type DownloadedModel } from './download/downloadModel.ts';
import type { PartialFile } from './download/fetchBytes.ts';
import { browserTransport } from './download/transport.ts';
import { isOutOfMemory, throwIfAborted, WorkerError } from './errors.ts';
import { FirstStages, type LoadedStage } from './firstStages.ts';
import { MemoryBudget, modelBudget } from './memoryBudget.ts';
import { readUserModel } from './userModels/readUserModel.ts';
import { Queue } from './queue.ts';
import { WholeModels, type HostModel, type LoadedModel } from './wholeModels.ts';

export type { LoadedModel } from './wholeModels.ts';

/** GiB, where the browser says it. */
const { deviceMemory } = navigator as Navigator & { readonly deviceMemory?: number };

type ModelsMessage = Extract<FromWorker, { type: 'models' }>;

export class Session {
  readonly setup: WorkerSetup;
  readonly compute: Compute;
  /** What models and the training run may take of the device, and what they take. */
  readonly budget = new MemoryBudget(() => modelBudget(this.compute.running?.backend, deviceMemory));
  readonly #notify: (message: string) => void;
  /** Files that arrived in part, by model and checksum. */
  readonly #partials = new Map<string, Map<string, PartialFile>>();
  readonly #listeners = new Set<(event: LoadEvent) => void>();
  readonly #queue = new Queue();
  readonly #models: WholeModels;
  readonly #stages = new FirstStages(this.budget);

  /**
   * @param notify tells the page something that belongs to no job
   * @param tell tells it of each start of a backend, and which whole models are in memory
   */
  constructor(
    setup: WorkerSetup,
    notify: (message: string) => void,
    tell: (message: StartMessage | ModelsMessage) => void = () => undefined,
  ) {
    this.setup = setup;
    this.compute = new Compute(setup, notify, tell);
    this.#models = new WholeModels(this.budget, (models) => tell({ type: 'models', models }));
    this.#notify = notify;
  }

  /** Names of the whole models in memory, the one used last at the end. */
  get models(): readonly string[] {
    return this.#models.names;
  }

  /** Names of the models whose first stage alone is in memory. */
  get firstStages(): readonly string[] {
    return this.#stages.names;
  }

  /**
   * Runs `task` when all earlier jobs have ended; never, if `signal` is aborted before. From now on `emit` hears what
   * is being loaded, whichever job made it load.
   */
  async enqueue<T>(
    { signal, emit }: { readonly signal: AbortSignal; readonly emit: (event: LoadEvent) => void },
    task: () => Promise<T>,
  ): Promise<T> {
    const listener = (event: LoadEvent): void => emit(event);
    this.#listeners.add(listener);
    try {
      return await this.#queue.run(task, signal);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /**
   * Runs `task` on a whole model; see `#attempt`.
   * @param beside names of models that don't leave memory for it
   */
  run<T>(
    name: string,
    signal: AbortSignal,
    task: (model: LoadedModel, signal: AbortSignal) => Promise<T>,
    beside: readonly string[] = [],
  ): Promise<T> {
    return this.#attempt(() => this.#prepare(name, signal, { beside }), signal, task);
  }

  /** Runs `task` on a model whose folder is in memory already; see `#attempt`. */
  runFolder<T>(
    given: HostModel & { readonly name: string },
    signal: AbortSignal,
    task: (model: LoadedModel, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#attempt(() => this.#prepare(given.name, signal, { given }), signal, task);
  }

  /** Runs `task` on a first stage, that of a whole model if that is in memory; as `run`. */
  runFirstStage<T>(
    name: string,
    signal: AbortSignal,
    task: (model: LoadedStage, signal: AbortSignal) => Promise<T>,
    beside: readonly string[] = [],
  ): Promise<T> {
    return this.#attempt(() => this.#prepareStage(name, signal, beside), signal, task);
  }

  /**
   * Runs `task` on the backend alone; see `#attempt`.
   * @param task gets a signal that is aborted when the device is lost, and not by `signal`
   */
  onBackend<T>(
    signal: AbortSignal,
    task: (backend: BackendInfo, lost: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#attempt(
      () => this.#start(signal),
      signal,
      (backend, _attempt, lost) => task(backend, lost),
    );
  }

  /**
   * Runs `task` on what `prepare` gives; when the device is lost meanwhile, makes everything anew and runs it again.
   * @param task gets a signal that also ends it when the device is lost
   */
  async #attempt<M, T>(
    prepare: () => Promise<M>,
    signal: AbortSignal,
    task: (model: M, signal: AbortSignal, lost: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const attempt = new AbortController();
      try {
        const model = await prepare();
        return await Promise.race([
          task(model, AbortSignal.any([signal, attempt.signal]), attempt.signal),
          this.compute.lost,
        ]);
      } catch (error) {
        attempt.abort(error);
        throwIfAborted(signal);
        if (!(await this.compute.wasLost(error))) throw error;
      }
    }
  }

  /** Loads a model: downloads it, starts the backend, puts the weights on it, whatever of that is missing. */
  async #prepare(
    name: string,
    signal: AbortSignal,
    { given, beside }: { readonly given?: HostModel; readonly beside?: readonly string[] } = {},
  ): Promise<LoadedModel> {
    throwIfAborted(signal);
    const loaded = this.#models.use(name, this.compute.running);
    if (loaded !== undefined) return loaded;
    const host = this.#models.host(name) ?? given ?? (await this.#downloadModel(name, signal));
    const backend = await this.#start(signal);
    this.#stages.drop(name);
    return build(name, () => this.#models.put(name, host, backend, beside));
  }

  /** Loads a first stage; downloads only that. */
  async #prepareStage(name: string, signal: AbortSignal, beside: readonly string[]): Promise<LoadedStage> {
    throwIfAborted(signal);
    if (this.#models.host(name) !== undefined) {
      const { pipeline, backend, compiled } = await this.#prepare(name, signal, { beside });
      return { stage: pipeline.firstStage, backend, compiled };
    }
    const loaded = this.#stages.use(name, this.compute.running);
    if (loaded !== undefined) return loaded;
    const part = this.#stages.host(name) ?? (await this.#downloadStage(name, signal));
    const backend = await this.#start(signal);
    return build(name, () => this.#stages.put(name, part, backend, beside));
  }

  /** Starts the backend if it doesn't run, and frees what was on a lost one. */
  async #start(signal: AbortSignal): Promise<BackendInfo> {
    if (this.compute.running === undefined) {
      this.#announce({ type: 'preparing', what: 'backend' });
      this.#models.releaseAll();
      this.#stages.releaseAll();
    }
    const backend = await this.compute.start();
    throwIfAborted(signal);
    this.#announce({ type: 'preparing', what: 'weights' });
    await yieldToEventLoop();
    return backend;
  }

  async #downloadModel(name: string, signal: AbortSignal): Promise<HostModel> {
    const { manifest, files } = await this.#download(name, signal);
    const folder = await this.#read(name, files, signal, (source) => readModelFolder(source, { signal }));
    return { manifest, folder };
  }

  async #downloadStage(name: string, signal: AbortSignal): Promise<HostPart<VaeConfig>> {
    const { files } = await this.#download(name, signal, 'vae');
    return this.#read(name, files, signal, (source) => readVae(source, { signal }));
  }

  #download(name: string, signal: AbortSignal, only?: string): Promise<DownloadedModel> {
    if (name.startsWith('own-')) return readUserModel(name);
    const partials = this.#partials.get(name) ?? new Map<string, PartialFile>();
    this.#partials.set(name, partials);
    return downloadModel({
      modelUrl: `${this.setup.weightsUrl}${name}/`,
      transport: browserTransport,
      caches: (self as Partial<WindowOrWorkerGlobalScope>).caches,
      partials,
      signal,
      ...(only !== undefined && { only }),
      onProgress: (event) => this.#announce(event),
      onNotice: (message) => this.#notify(message),
    });
  }

  async #read<T>(
    name: string,
    files: DownloadedModel['files'],
    signal: AbortSignal,
    read: (source: ModelSource) => Promise<T>,
  ): Promise<T> {
    this.#announce({ type: 'preparing', what: 'weights' });
    await yieldToEventLoop();
    try {
      return await read(memorySource(name, files));
    } catch (error) {
      throwIfAborted(signal);
      throw badModel(name, error);
    }
  }

  #announce(event: LoadEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const badModel = (name: string, error: unknown): WorkerError =>
  new WorkerError(
    'bad-model',
    `The model ${name} can't be used: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  );

/** Puts networks on the present backend. */
function build<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw isOutOfMemory(error) ? error : badModel(name, error);
  }
}
