// The engine: typed calls to the one compute worker of this page.
import type {
  DecodeRequest,
  DecodeResult,
  EncodeRequest,
  EncodeResult,
  LoadEvent,
} from '../protocol/messages.ts';
import type { WorkerSetup } from '../protocol/transport.ts';
import type { Call, CallOptions, Engine, EngineOptions } from './engineTypes.ts';
import { keepFiles } from './keepFiles.ts';
import { watchWorker } from './watchWorker.ts';
import { WorkerLink, type WorkerPort } from './workerLink.ts';

export type { Engine, EngineOptions } from './engineTypes.ts';
export { EngineError } from './errors.ts';

const startWorker = (): WorkerPort =>
  new Worker(new URL('../../compute/main.ts', import.meta.url), { type: 'module', name: 'compute' });

function setupFor({ base = import.meta.env.BASE_URL, backend, allowDeviceLoss }: EngineOptions): WorkerSetup {
  const folder = base.endsWith('/') ? base : `${base}/`;
  return {
    weightsUrl: new URL(`${folder}weights/`, window.location.href).href,
    lifeLock: `noisebook-worker-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`,
    ...(backend && { backend }),
    ...(allowDeviceLoss !== undefined && { allowDeviceLoss }),
  };
}

/** None on plain http, and in some private windows. */
const serviceWorkers = (): ServiceWorkerContainer | undefined =>
  (navigator as Partial<Navigator>).serviceWorker;

class PageEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #listeners = new Set<(message: string) => void>();
  #link: WorkerLink | undefined;
  #models: readonly string[] = [];
  /** Whether a service worker was there when the worker began: it keeps what that loads. */
  readonly #kept = (serviceWorkers()?.controller ?? null) !== null;
  /** What a start that hung has taught. */
  #learnt: Pick<WorkerSetup, 'threads' | 'without'> = {};

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  #connect(): WorkerLink {
    return (this.#link ??= new WorkerLink({
      setup: { ...setupFor(this.#options), ...this.#learnt },
      start: startWorker,
      watch: watchWorker,
      onSetup: ({ threads, without }) => {
        this.#learnt = { ...(threads !== undefined && { threads }), ...(without && { without }) };
      },
      onNotice: (message) => this.#listeners.forEach((listener) => listener(message)),
      onModels: (models) => (this.#models = models),
      onFiles: (files) => {
        // Where one was there already, it has kept them as they came.
        if (!this.#kept) keepFiles(files, serviceWorkers()).catch(() => undefined);
      },
      onDeath: () => this.#forget(),
    }));
  }

  /** The worker is gone, and what it held with it. */
  #forget(): void {
    this.#link = undefined;
    this.#models = [];
  }

  get models(): readonly string[] {
    return this.#models;
  }

  readonly call: Call = (job, request, options) => this.#connect().call(job, request, options);

  encode(request: EncodeRequest, options?: CallOptions<LoadEvent>): Promise<EncodeResult> {
    const pixels = request.pixels.slice();
    return this.call('encode', { ...request, pixels }, { ...options, transfer: [pixels.buffer] });
  }

  decodeLatents(request: DecodeRequest, options?: CallOptions<LoadEvent>): Promise<DecodeResult> {
    const latents = request.latents.slice();
    return this.call('decode', { ...request, latents }, { ...options, transfer: [latents.buffer] });
  }

  onNotice(callback: (message: string) => void): () => void {
    this.#listeners.add(callback);
    return () => void this.#listeners.delete(callback);
  }

  dispose(): void {
    this.#link?.close();
    this.#forget();
  }
}

/** Makes an engine. Its worker starts with the first call. Make one for the whole page. */
export const createEngine = (options: EngineOptions = {}): Engine => new PageEngine(options);
