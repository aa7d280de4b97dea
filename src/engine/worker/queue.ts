// The queue of jobs: one at a time may use the tensors. Between two pieces of work the worker yields to the event loop.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { abortReason, throwIfAborted } from './errors.ts';

/** Runs tasks one after the other, in the order they came. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `task` when all earlier ones have ended and all messages that have come were heard: one of them may stop it.
   * Rejects at once when `signal` is aborted while waiting.
   */
  async run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const mine = before.then(async () => {
      throwIfAborted(signal);
      await yieldToEventLoop();
      throwIfAborted(signal);
      return task();
    });
    this.#last = mine.catch(() => undefined);
    return Promise.race([mine, rejectionOf(signal, before)]);
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
