// What the worker holds between jobs: the backend, the model in memory, whose turn it is.
import { StableDiffusionPipeline } from '../lib/ldm/pipeline.ts';
import { readModelFolder, type ModelFolder } from '../lib/ldm/pipeline/modelFolder.ts';
import { memorySource } from '../lib/ldm/weights/source.ts';
import type { BackendInfo, LoadEvent, WorkerSetup } from '../protocol.ts';
import { Compute } from './compute.ts';
import { downloadModel } from './download/downloadModel.ts';
import type { PartialFile } from './download/fetchBytes.ts';
import type { Manifest } from './download/manifest.ts';
import { browserTransport } from './download/transport.ts';
import { isOutOfMemory, throwIfAborted, WorkerError } from './errors.ts';
import { breathe, Turns } from './turns.ts';

/** A model that is ready to compute. */
export interface ReadyModel {
  readonly name: string;
  readonly manifest: Manifest;
  /** Settings and weights in host memory: what the pipeline is rebuilt from. */
  readonly folder: ModelFolder;
  readonly pipeline: StableDiffusionPipeline;
  readonly backend: BackendInfo;
  /** Kinds of generations whose shaders are compiled. */
  readonly compiled: Set<string>;
}

export class Session {
  readonly setup: WorkerSetup;
  readonly compute: Compute;
  readonly turns = new Turns();
  /** Stops the generation that runs, if one does. */
  generation: AbortController | undefined;
  readonly #notify: (message: string) => void;
  readonly #partials = new Map<string, PartialFile>();
  readonly #listeners = new Set<(event: LoadEvent) => void>();
  #ready: ReadyModel | undefined;

  /** @param notify tells the page something that belongs to no job */
  constructor(setup: WorkerSetup, notify: (message: string) => void) {
    this.setup = setup;
    this.compute = new Compute(setup.backend, notify);
    this.#notify = notify;
  }

  /** Name of the model in memory. */
  get model(): string | undefined {
    return this.#ready?.name;
  }

  /** Sends what happens while a model loads to `listener`, whichever job made it load. Returns the way to stop that. */
  listen(listener: (event: LoadEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Makes a model ready: downloads it, starts the backend, puts the weights on it, whatever of that is missing. */
  async #prepare(name: string, signal: AbortSignal): Promise<ReadyModel> {
    throwIfAborted(signal);
    const { running } = this.compute;
    const ready = this.#ready;
    if (ready?.name === name && ready.backend === running) return ready;
    const { manifest, folder } = ready?.name === name ? ready : await this.#download(name, signal);
    this.#drop();
    if (running === undefined) this.#announce({ type: 'preparing', what: 'backend' });
    const backend = await this.compute.start();
    throwIfAborted(signal);
    this.#announce({ type: 'preparing', what: 'weights' });
    await breathe();
    this.#ready = { name, manifest, folder, backend, pipeline: build(name, folder), compiled: new Set() };
    return this.#ready;
  }

  /**
   * Runs `task` on a ready model; when the device is lost meanwhile, makes everything anew and runs it again.
   * @param task gets a signal that also ends it when the device is lost
   */
  async run<T>(
    name: string,
    signal: AbortSignal,
    task: (model: ReadyModel, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const attempt = new AbortController();
      try {
        const model = await this.#prepare(name, signal);
        return await Promise.race([
          task(model, AbortSignal.any([signal, attempt.signal])),
          this.compute.lost,
        ]);
      } catch (error) {
        attempt.abort(error);
        throwIfAborted(signal);
        if (!(await this.compute.wasLost(error))) throw error;
      }
    }
  }

  async #download(name: string, signal: AbortSignal): Promise<Pick<ReadyModel, 'manifest' | 'folder'>> {
    const { manifest, files } = await downloadModel({
      modelUrl: `${this.setup.weightsUrl}${name}/`,
      transport: browserTransport,
      caches: (self as Partial<WindowOrWorkerGlobalScope>).caches,
      partials: this.#partials,
      signal,
      onProgress: (event) => this.#announce(event),
      onNotice: (message) => this.#notify(message),
    });
    this.#announce({ type: 'preparing', what: 'weights' });
    await breathe();
    try {
      return { manifest, folder: await readModelFolder(memorySource(name, files), { signal }) };
    } catch (error) {
      throwIfAborted(signal);
      throw badModel(name, error);
    }
  }

  /** Frees the model in memory. */
  #drop(): void {
    const old = this.#ready;
    this.#ready = undefined;
    try {
      old?.pipeline.dispose();
    } catch (error) {
      // What was on a lost device went with it.
      if (old?.backend === this.compute.running) throw error;
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

/** The model's networks on the present backend. */
function build(name: string, folder: ModelFolder): StableDiffusionPipeline {
  try {
    return new StableDiffusionPipeline(folder);
  } catch (error) {
    throw isOutOfMemory(error) ? error : badModel(name, error);
  }
}
