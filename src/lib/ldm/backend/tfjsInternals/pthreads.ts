// The threads of TensorFlow.js's threaded wasm build. It makes eight workers at once and waits for all; here stand-ins take
// their places, and only the threads that are asked for become workers, one at a time.
import { startOneAtATime, WORKER_MS } from '../wasm/oneAtATime.ts';

type Listener = ((event: Event) => void) | null;

interface Loading {
  readonly message: unknown;
  readonly transfer: Transferable[];
}

const command = (data: unknown): unknown =>
  typeof data === 'object' && data !== null && 'cmd' in data ? data.cmd : undefined;

/** What the build takes for a worker: it becomes one when it is started, or when the build gives it work. */
class StandIn {
  onmessage: Listener = null;
  onerror: Listener = null;
  #worker: Worker | undefined;
  #loading: Loading | undefined;
  readonly #make: () => Worker;
  readonly #onLoading: () => void;

  constructor(make: () => Worker, onLoading: () => void) {
    this.#make = make;
    this.#onLoading = onLoading;
  }

  /** What the build sends; its first message, 'load', waits until the worker is made. */
  postMessage(message: unknown, transfer: Transferable[] = []): void {
    if (this.#worker === undefined && command(message) === 'load') {
      this.#loading = { message, transfer };
      this.#onLoading();
      return;
    }
    (this.#worker ?? this.start()).postMessage(message, transfer);
  }

  terminate(): void {
    this.#worker?.terminate();
  }

  /** Makes the worker and lets it load; its messages, but for 'loaded', go to the build. */
  start(): Worker {
    const worker = this.#make();
    worker.onmessage = (event) => {
      if (command(event.data) !== 'loaded') this.onmessage?.(event);
    };
    worker.onerror = (event) => this.onerror?.(event);
    if (this.#loading !== undefined) worker.postMessage(this.#loading.message, this.#loading.transfer);
    this.#worker = worker;
    return worker;
  }

  /** Says to the build what it waits for. */
  sayLoaded(): void {
    this.onmessage?.(new MessageEvent('message', { data: { cmd: 'loaded' } }));
  }
}

export interface PthreadOptions {
  /** Threads to have, the calling one among them. */
  readonly threads: number;
  /** Hears how many there are, before the build makes use of them. */
  readonly onThreads: (threads: number) => void;
  /** Tests bring their own. */
  readonly make?: (url: string | URL) => Worker;
  readonly limitMs?: number;
}

/** The constructor to put in the place of `Worker` while the build starts. */
export function pthreadWorker({
  threads,
  onThreads,
  make = (url) => new Worker(url),
  limitMs = WORKER_MS,
}: PthreadOptions): new (url: string | URL) => StandIn {
  const all: StandIn[] = [];
  let begun = false;
  const begin = async (): Promise<void> => {
    // The build takes the last one first.
    const order = [...all].reverse();
    const running = await startOneAtATime(
      Math.min(threads - 1, order.length),
      (index) => (order[index] as StandIn).start(),
      (data) => command(data) === 'loaded',
      limitMs,
    );
    onThreads(running.length + 1);
    for (const standIn of all) standIn.sayLoaded();
  };
  return class extends StandIn {
    constructor(url: string | URL) {
      super(
        () => make(url),
        () => {
          if (begun) return;
          begun = true;
          // The build sends 'load' to all of them in one go.
          queueMicrotask(() => void begin());
        },
      );
      all.push(this);
    }
  };
}
