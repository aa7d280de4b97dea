// The backend of this worker: chosen once, remembered, rebuilt when its device is lost.
import {
  chooseBackend,
  describeAdapter,
  initBackend,
  releaseBackend,
  type BackendInfo,
  type BackendOptions,
} from '../lib/ldm/backend/index.ts';
import { wasmBinaries } from '../lib/ldm/backend/wasmBinaries.ts';
import type { BackendName } from '../protocol.ts';
import { WorkerError } from './errors.ts';
import { recallBackend, rememberBackend } from './rememberedBackend.ts';

/** Losses after which the graphics card is given up. */
const MAX_LOSSES = 2;
/** How much later than its effects a loss may be told. */
const GRACE_MS = 500;
/** How browsers word a read-back that was broken off. */
const READ_BACK = /mapAsync|GPUBuffer|device (?:is|was) lost/i;

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class Compute {
  readonly #asked: BackendName | undefined;
  readonly #notify: (message: string) => void;
  #info: BackendInfo | undefined;
  #lost = Promise.withResolvers<never>();
  #isLost = false;
  #losses = 0;
  #reason = '';

  /**
   * @param asked what `?backend=` asks for
   * @param notify tells the reader about fallbacks
   */
  constructor(asked: BackendName | undefined, notify: (message: string) => void) {
    this.#asked = asked;
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
    this.#info = before === undefined ? await this.#startFirst() : await this.#startAgain(before);
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
    const remembered = await recallBackend(key);
    try {
      if (remembered !== undefined) return await this.#init(remembered);
      const choice = await chooseBackend(this.#options('auto'));
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

  #init(backend: BackendName): Promise<BackendInfo> {
    return initBackend(this.#options(backend));
  }

  #options(backend: BackendName | 'auto'): BackendOptions {
    return {
      backend,
      wasmPaths: wasmBinaries,
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
