// The backend of this worker: chosen once, remembered, rebuilt when its device is lost.
import {
  type BackendInfo,
  type BackendName,
  type BackendOptions,
  chooseBackend,
  describeAdapter,
  initBackend,
  releaseBackend,
} from '@noisebook/ldm';
import { wasmBinaries } from './wasmBinaries.ts';
import type { FromWorker, WorkerSetup } from '../protocol/transport.ts';
import { WorkerError } from './errors.ts';
import { recallBackend, rememberBackend } from '../../storage/rememberedBackend.ts';

/** Losses after which the graphics card is given up. */
const MAX_LOSSES = 2;
/** How much later than its effects a loss may be told. */
const GRACE_MS = 500;
/** How browsers word a read-back that was broken off. */
const READ_BACK = /mapAsync|GPUBuffer|device (?:is|was) lost/i;

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Code and binaries that this worker has loaded from its own site; weights are kept elsewhere, by their checksums. */
function loadedFiles(): string[] {
  // Tests run it in Node, which has no site.
  const { location } = globalThis as Partial<WorkerGlobalScope>;
  if (location === undefined) return [];
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  return [...new Set([location.href, ...loaded])].filter(
    (file) => /\.(m?js|wasm)$/.test(file) && file.startsWith(location.origin),
  );
}

/** What the page is told around each start. */
export type StartMessage = Extract<FromWorker, { type: 'starting' | 'started' }>;

type ComputeSetup = Pick<WorkerSetup, 'backend' | 'threads' | 'without'>;

export class Compute {
  readonly #setup: ComputeSetup;
  readonly #asked: BackendName | undefined;
  readonly #tell: (message: StartMessage) => void;
  readonly #notify: (message: string) => void;
  #info: BackendInfo | undefined;
  #lost = Promise.withResolvers<never>();
  #isLost = false;
  #losses = 0;
  #reason = '';

  /**
   * @param setup `backend`: what `?backend=` asks for; what hung before is not tried again
   * @param notify tells the reader about fallbacks
   * @param tell tells the page of each start, so that it can end one that blocks this worker
   */
  constructor(
    setup: ComputeSetup,
    notify: (message: string) => void,
    tell: (message: StartMessage) => void = () => undefined,
  ) {
    this.#setup = setup;
    const { backend, without = [] } = setup;
    this.#asked = backend !== undefined && without.includes(backend) ? 'wasm' : backend;
    this.#tell = tell;
    this.#notify = notify;
    this.#lost.promise.catch(() => undefined);
  }

  /** The backend, while it runs and can be trusted; another object after each start. */
  get running(): BackendInfo | undefined {
    return this.#isLost ? undefined : this.#info;
  }

  /**
   * Whether `error` came of losing the device; then `start` makes a new one, and everything on the old one is gone.
   * What waited for the device can fail a moment before the loss itself is told, and a read-back that is broken off
   * counts as a loss, told or not.
   */
  async wasLost(error: unknown): Promise<boolean> {
    if (this.#isLost || this.#info === undefined || this.#info.backend === 'wasm') return this.#isLost;
    await Promise.race([this.lost.catch(() => undefined), new Promise((wake) => setTimeout(wake, GRACE_MS))]);
    const message = detailOf(error);
    if (READ_BACK.test(message)) this.#lose(message);
    return this.#isLost;
  }

  /** Rejects when the device is lost; race what waits for the device with it, because some waits never end. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** Starts the backend, or starts it again after a loss; else gives the running one. */
  async start(): Promise<BackendInfo> {
    if (this.running !== undefined) return this.running;
    const before = this.#info;
    if (this.#isLost) {
      this.#losses++;
      await releaseBackend();
      this.#isLost = false;
      this.#lost = Promise.withResolvers<never>();
      this.#lost.promise.catch(() => undefined);
    }
    try {
      this.#info = before === undefined ? await this.#startFirst() : await this.#startAgain(before);
    } catch (error) {
      this.#tell({ type: 'started', ok: false });
      throw error;
    }
    return this.#info;
  }

  async #startFirst(): Promise<BackendInfo> {
    if (this.#asked !== undefined) {
      try {
        return await this.#init(this.#asked);
      } catch (error) {
        if (this.#asked === 'wasm') throw noBackend(error);
        return this.#fallBack(`${this.#asked}, which the address asks for, doesn't work here`, error);
      }
    }
    // This worker's address changes with every version of the site.
    const key = `${import.meta.url} ${(await describeAdapter().catch(() => undefined)) ?? 'no adapter'}`;
    const recalled = await recallBackend(key);
    const remembered =
      recalled !== undefined && this.#setup.without?.includes(recalled) === true ? undefined : recalled;
    try {
      if (remembered !== undefined) return await this.#init(remembered);
      const choice = await chooseBackend(this.#options('auto'));
      for (const failure of choice.failures) this.#notify(failure);
      const info = await this.#init(choice.backend);
      await rememberBackend(key, choice.backend);
      return info;
    } catch (error) {
      await rememberBackend(key, undefined);
      return this.#fallBack(`${remembered ?? 'The fastest backend'} could not be started`, error);
    }
  }

  async #startAgain(before: BackendInfo): Promise<BackendInfo> {
    if (this.#losses >= MAX_LOSSES)
      return this.#fallBack(`${before.label} stopped answering again (${this.#reason})`);
    try {
      const info = await this.#init(before.backend);
      this.#notify(
        `The graphics card stopped answering (${this.#reason}). It was started again: ${info.label}.`,
      );
      return info;
    } catch (error) {
      return this.#fallBack(
        `${before.label} stopped answering (${this.#reason}) and could not be started again`,
        error,
      );
    }
  }

  async #fallBack(why: string, error?: unknown): Promise<BackendInfo> {
    try {
      await releaseBackend();
      const info = await this.#init('wasm');
      const detail = error === undefined ? '' : ` (${detailOf(error)})`;
      this.#notify(`${why}: going on with ${info.label}, which is slower.${detail}`);
      return info;
    } catch (wasmError) {
      throw noBackend(wasmError);
    }
  }

  async #init(backend: BackendName): Promise<BackendInfo> {
    const info = await initBackend(this.#options(backend));
    if (info.note !== undefined) this.#notify(info.note);
    this.#tell({ type: 'started', ok: true, files: loadedFiles() });
    return info;
  }

  #options(backend: BackendName | 'auto'): BackendOptions {
    return {
      backend,
      wasmPaths: wasmBinaries,
      ...(this.#setup.threads !== undefined && { threads: this.#setup.threads }),
      ...(this.#setup.without !== undefined && { without: this.#setup.without }),
      onStart: (attempt) => this.#tell({ type: 'starting', attempt }),
      onLost: (reason) => this.#lose(reason),
    };
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#reason = reason;
    this.#lost.reject(new WorkerError('device-lost', `The graphics card stopped answering: ${reason}`));
  }
}

const noBackend = (error: unknown): WorkerError =>
  new WorkerError(
    'no-backend',
    `Nothing in this browser can run the model (${detailOf(error)}). Try a current version of Firefox, Chrome, Edge or Safari; the recorded pictures stay usable.`,
    { cause: error },
  );
