// One compute worker: starts it, and another when a start hangs; matches answers to calls, notices when it dies.
import type { StartAttempt } from '@noisebook/ldm';
import type { ErrorReport, FromWorker, ToWorker, WorkerSetup } from '../protocol/transport.ts';
import type { Call, CallOptions } from './engineTypes.ts';
import { EngineError } from './errors.ts';
import { nextStart } from './nextStart.ts';

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
  /** Called with the names of the whole models in the worker's memory, whenever one comes or leaves. */
  readonly onModels?: (models: readonly string[]) => void;
  /** Called with the addresses of the code and binaries that the worker has loaded, when a backend runs. */
  readonly onFiles?: (files: readonly string[]) => void;
  /** Called once, when the worker has died by itself. */
  readonly onDeath: () => void;
  /** Called with the setup of the worker that took the place of one whose start hung: keep to it. */
  readonly onSetup?: (setup: WorkerSetup) => void;
  /** Milliseconds a worker's code may take until its first word; it is fetched a second time, then given up. */
  readonly arrivalMs?: number;
  /** Milliseconds a worker may take to answer a stop before it is ended. */
  readonly patienceMs?: number;
  /** Resolves when the worker is gone; for deaths without an event. Called once the worker is ready. */
  readonly watch?: (setup: WorkerSetup, signal: AbortSignal) => Promise<void>;
}

interface Pending {
  readonly message: ToWorker;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: EngineError) => void;
  readonly event: (data: unknown) => void;
}

const PATIENCE_MS = 4000;
const MOST_PATIENCE = 10;
const ARRIVAL_MS = 45_000;
const STOPPED: ErrorReport = { code: 'aborted', message: 'Stopped.' };
const CRASHED: ErrorReport = {
  code: 'worker-crashed',
  message: 'The part of this page that computes has stopped. Try again: it starts afresh.',
};

export class WorkerLink {
  readonly #options: LinkOptions;
  readonly #calls = new Map<number, Pending>();
  readonly #closed = new AbortController();
  #setup: WorkerSetup;
  #port: WorkerPort;
  /** Ends with the present worker. */
  #life = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #arrivals = 0;
  #ready = false;
  /** From the first backend that ran: until then the worker can be replaced without anyone's noticing. */
  #started = false;
  #nextId = 1;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#setup = options.setup;
    this.#port = this.#begin();
  }

  #begin(): WorkerPort {
    const port = this.#options.start();
    const life = new AbortController();
    this.#life = life;
    const mine = (listener: (event: Event) => void) => (event: Event) => {
      if (!life.signal.aborted) listener(event);
    };
    port.addEventListener(
      'message',
      mine((event) => {
        if (event instanceof MessageEvent) this.#receive(event.data);
      }),
    );
    port.addEventListener(
      'messageerror',
      mine(() => this.#die(CRASHED)),
    );
    port.addEventListener(
      'error',
      mine((event) => {
        event.preventDefault();
        const detail = 'message' in event && typeof event.message === 'string' ? event.message : '';
        this.#die(this.#ready ? crashReport(detail) : startReport(detail));
      }),
    );
    port.postMessage({ type: 'setup', setup: this.#setup }, []);
    this.#ready = false;
    this.#arrivals++;
    const limitMs = this.#options.arrivalMs ?? ARRIVAL_MS;
    this.#limit(limitMs, () => {
      const seconds = `${Math.round(limitMs / 1000)} s`;
      if (this.#arrivals >= 2) this.#die(startReport(`no answer within ${seconds}, twice`));
      else
        this.#replace(this.#setup, `The code that computes did not arrive within ${seconds}: trying again.`);
    });
    return port;
  }

  /** Only the newest limit counts. */
  #limit(ms: number, onLimit: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onLimit, ms);
  }

  /** Ends the worker and gives all its calls to another. */
  #replace(setup: WorkerSetup, notice: string): void {
    this.#life.abort();
    this.#port.terminate();
    // A lock of the ended worker may outlive it: the next one holds another.
    this.#setup = { ...setup, lifeLock: `${setup.lifeLock}+` };
    this.#options.onSetup?.(this.#setup);
    this.#options.onNotice(notice);
    this.#port = this.#begin();
    for (const { message } of this.#calls.values()) this.#post(message);
  }

  /** A start that did not even give up by itself: its worker is blocked. */
  #hung(attempt: StartAttempt): void {
    const next = nextStart(this.#setup, attempt);
    if (next === undefined) this.#die(hungReport(attempt));
    else if (!this.#started) this.#replace(next.setup, next.notice);
    else {
      this.#options.onSetup?.(next.setup);
      this.#die({ ...CRASHED, message: `${next.notice} ${CRASHED.message}` });
    }
  }

  /** Runs a job. Aborting `signal` asks the worker to stop; the call then rejects with 'aborted', or as the signal's reason says. */
  readonly call = ((job: string, request: unknown, options: CallOptions<never> = {}): Promise<unknown> => {
    const { signal, onEvent, isWorking, transfer = [] } = options;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason instanceof EngineError ? signal.reason : new EngineError(STOPPED));
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
        // The worker is needed for the newer call, which must not end with this one: it stops this one when it can.
        const reason: unknown = signal?.reason;
        if (reason instanceof EngineError && reason.code === 'superseded') {
          this.#calls.get(id)?.fail(reason);
          return;
        }
        latest = performance.now() + MOST_PATIENCE * patienceMs;
        wait();
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const done = (): void => {
        this.#calls.delete(id);
        clearTimeout(impatience);
        signal?.removeEventListener('abort', cancel);
      };
      const message: ToWorker = { type: 'job', id, job, request };
      this.#calls.set(id, {
        message,
        event: (data) => {
          // The worker is of the same build as this page, and a job sends the events of its entry in the protocol.
          const event = data as never;
          if (impatience !== undefined && isWorking?.(event) === true) wait();
          onEvent?.(event);
        },
        settle: (result) => {
          done();
          resolve(result);
        },
        fail: (error) => {
          done();
          reject(error);
        },
      });
      // What is given away could not be sent again.
      this.#post(message, this.#started ? transfer : []);
    });
  }) as Call;

  /** Ends the worker; running calls reject with `report`. */
  close(report = STOPPED): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#life.abort();
    clearTimeout(this.#timer);
    this.#port.terminate();
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.fail(new EngineError(report));
  }

  async #watch(life: AbortSignal): Promise<void> {
    if (this.#options.watch === undefined) return;
    await this.#options.watch(this.#setup, life);
    if (!life.aborted) this.#die(CRASHED);
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
    if (!isFromWorker(data)) {
      this.#die(NOT_OURS);
      return;
    }
    const message = data;
    switch (message.type) {
      case 'listening':
        this.#post({ type: 'setup', setup: this.#setup });
        for (const { message: sent } of this.#calls.values()) {
          if (sent.type === 'job') this.#post({ ...sent, again: true });
        }
        return;
      case 'ready':
        this.#ready = true;
        clearTimeout(this.#timer);
        void this.#watch(this.#life.signal);
        return;
      case 'starting': {
        const { attempt } = message;
        this.#limit(attempt.limitMs, () => this.#hung(attempt));
        return;
      }
      case 'started':
        this.#started ||= message.ok;
        clearTimeout(this.#timer);
        if (message.files !== undefined) this.#options.onFiles?.(message.files);
        return;
      case 'notice':
        this.#options.onNotice(message.message);
        return;
      case 'models':
        this.#options.onModels?.(message.models);
        return;
      case 'event':
        this.#calls.get(message.id)?.event(message.event);
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

const NOT_OURS: ErrorReport = {
  code: 'worker-crashed',
  message:
    "The compute worker sent a message that this page doesn't understand. Reload the page: a new version may have come out.",
};

const TYPES: Readonly<Record<FromWorker['type'], true>> = {
  listening: true,
  ready: true,
  starting: true,
  started: true,
  models: true,
  event: true,
  result: true,
  error: true,
  notice: true,
};

/** Whether this is a message of the worker at all; what is in it is trusted. */
const isFromWorker = (data: unknown): data is FromWorker =>
  typeof data === 'object' &&
  data !== null &&
  'type' in data &&
  typeof data.type === 'string' &&
  Object.hasOwn(TYPES, data.type);

const hungReport = ({ backend, limitMs }: StartAttempt): ErrorReport => ({
  code: 'no-backend',
  message: `Nothing in this browser can run the model (${backend} did not start within ${Math.round(limitMs / 1000)} s). Reload the page, or try another browser; the recorded pictures stay usable.`,
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
