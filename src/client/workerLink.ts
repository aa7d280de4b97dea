// One worker process: starts it, matches answers to calls, notices when it dies.
import type { ErrorReport, JobName, Jobs, ToWorker, WorkerSetup } from '../protocol.ts';
import { EngineError } from './errors.ts';
import { readEvent, readMessage, readResult } from './messages.ts';

/** The part of `Worker` that a link needs. */
export interface WorkerPort {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message' | 'messageerror' | 'error', listener: (event: Event) => void): void;
  terminate(): void;
}

export interface LinkOptions {
  readonly setup: WorkerSetup;
  readonly start: () => WorkerPort;
  readonly onNotice: (message: string) => void;
  /** Called once, when the worker has died by itself. */
  readonly onDeath: () => void;
  /** Milliseconds a worker may take to answer a stop before it is ended. */
  readonly patienceMs?: number;
  /** Resolves when the worker is gone; for deaths without an event. Called once the worker is ready. */
  readonly watch?: (setup: WorkerSetup, signal: AbortSignal) => Promise<void>;
}

interface CallOptions<N extends JobName> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Jobs[N]['event']) => void;
  readonly transfer?: Transferable[];
  /** Whether an event that comes after a stop shows work that must be waited for; up to `MOST_PATIENCE` times as long. */
  readonly isWorking?: (event: Jobs[N]['event']) => boolean;
}

interface Call {
  readonly settle: (result: unknown) => void;
  readonly fail: (error: EngineError) => void;
  /** Takes an event; false if it isn't one of this job. */
  readonly event: (data: unknown) => boolean;
}

const PATIENCE_MS = 4000;
const MOST_PATIENCE = 10;
const STOPPED: ErrorReport = { code: 'aborted', message: 'Stopped.' };
const CRASHED: ErrorReport = {
  code: 'worker-crashed',
  message: 'The part of this page that computes has stopped. Try again: it starts afresh.',
};

export class WorkerLink {
  readonly #port: WorkerPort;
  readonly #options: LinkOptions;
  readonly #calls = new Map<number, Call>();
  readonly #closed = new AbortController();
  #ready = false;
  #nextId = 1;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#port = options.start();
    this.#port.addEventListener('message', (event) => {
      if (event instanceof MessageEvent) this.#receive(event.data);
    });
    this.#port.addEventListener('messageerror', () => this.#die(CRASHED));
    this.#port.addEventListener('error', (event) => {
      event.preventDefault();
      const detail = 'message' in event && typeof event.message === 'string' ? event.message : '';
      this.#die(this.#ready ? crashReport(detail) : startReport(detail));
    });
    this.#port.postMessage({ type: 'setup', setup: options.setup }, []);
  }

  /** Runs a job. Aborting `signal` asks the worker to stop; the call then rejects with 'aborted'. */
  call<N extends JobName>(
    job: N,
    request: Jobs[N]['request'],
    options: CallOptions<N> = {},
  ): Promise<Jobs[N]['result']> {
    const { signal, onEvent, isWorking, transfer = [] } = options;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new EngineError(STOPPED));
        return;
      }
      const patienceMs = this.#options.patienceMs ?? PATIENCE_MS;
      let impatience: ReturnType<typeof setTimeout> | undefined;
      let latest = 0;
      // Deep in a long computation the worker can't hear: then end it. Stop always stops.
      const wait = (): void => {
        clearTimeout(impatience);
        const ms = Math.min(patienceMs, latest - performance.now());
        impatience = setTimeout(() => this.#die(STOPPED), ms);
      };
      const cancel = (): void => {
        this.#post({ type: 'cancel', id });
        latest = performance.now() + MOST_PATIENCE * patienceMs;
        wait();
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const done = (): void => {
        this.#calls.delete(id);
        clearTimeout(impatience);
        signal?.removeEventListener('abort', cancel);
      };
      this.#calls.set(id, {
        event: (data) => {
          const event = readEvent(job, data);
          if (event === undefined) return false;
          if (impatience !== undefined && isWorking?.(event) === true) wait();
          onEvent?.(event);
          return true;
        },
        settle: (data) => {
          done();
          const result = readResult(job, data);
          if (result === undefined) reject(new EngineError(malformed(`a result of '${job}'`)));
          else resolve(result);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      });
      this.#post({ type: 'job', id, job, request } as ToWorker, transfer);
    });
  }

  /** Ends the worker; running calls reject with `report`. */
  close(report = STOPPED): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#port.terminate();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.fail(new EngineError(report));
  }

  #die(report: ErrorReport): void {
    if (this.#closed.signal.aborted) return;
    this.#options.onDeath();
    this.close(report);
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#closed.signal.aborted) this.#port.postMessage(message, transfer);
  }

  #receive(data: unknown): void {
    if (this.#closed.signal.aborted) return;
    const message = readMessage(data);
    if (message === undefined) {
      this.#die(malformed('a message'));
      return;
    }
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        void this.#options.watch?.(this.#options.setup, this.#closed.signal).then(() => this.#die(CRASHED));
        return;
      case 'notice':
        this.#options.onNotice(message.message);
        return;
      case 'event':
        if (this.#calls.get(message.id)?.event(message.event) === false) this.#die(malformed('an event'));
        return;
      case 'result':
        this.#calls.get(message.id)?.settle(message.result);
        return;
      case 'error':
        this.#calls.get(message.id)?.fail(new EngineError(message.error));
        // A heap that was exhausted once can't be trusted: the next call gets a fresh worker.
        if (message.error.code === 'out-of-memory') this.#die(message.error);
    }
  }
}

const malformed = (what: string): ErrorReport => ({
  code: 'worker-crashed',
  message: `The compute worker sent ${what} that this page doesn't understand. Reload the page: a new version may have come out.`,
});

const inBrackets = (detail: string): string => (detail === '' ? '' : ` (${detail})`);

function crashReport(detail: string): ErrorReport {
  return { ...CRASHED, message: CRASHED.message + inBrackets(detail) };
}

function startReport(detail: string): ErrorReport {
  return {
    code: 'worker-crashed',
    message: `The part of this page that computes could not start${inBrackets(detail)}. Reload the page: there may be a new version of it, or no connection.`,
  };
}
