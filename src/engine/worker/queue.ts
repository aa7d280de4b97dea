// One job at a time may use the tensors; and between two pieces of work the worker listens.
import { abortReason, throwIfAborted } from './errors.ts';

/** Runs tasks one after the other, in the order they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `task` when all earlier ones have ended and all messages that have come were heard: one of them may stop it.
   * Rejects at once when `signal` is aborted while waiting.
   */
  async take<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const turn = before.then(async () => {
      throwIfAborted(signal);
      await breathe();
      throwIfAborted(signal);
      return task();
    });
    this.#last = turn.catch(() => undefined);
    return Promise.race([turn, rejectionOf(signal, before)]);
  }
}

/** Rejects when `signal` is aborted before `until` ends; otherwise stays pending. */
function rejectionOf(signal: AbortSignal, until: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void until.then(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Lets waiting messages (a stop, a newer request) in. A promise alone would not: it goes on before the next message.
 * Unlike `setTimeout` this is never slowed to 4 ms a time.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
