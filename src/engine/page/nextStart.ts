// What to try next when a backend did not start, and how the reader is told.
import type { StartAttempt } from '@noisebook/ldm';
import type { WorkerSetup } from '../protocol/transport.ts';

export interface NextStart {
  readonly setup: WorkerSetup;
  readonly notice: string;
}

/**
 * The setup for another worker after a start that hung: wasm with one thread instead of several, any other backend left
 * out. Undefined when nothing is left to try.
 */
export function nextStart(setup: WorkerSetup, attempt: StartAttempt): NextStart | undefined {
  const { backend, threads = 1, limitMs } = attempt;
  const seconds = `${Math.round(limitMs / 1000)} s`;
  if (backend === 'wasm') {
    if (threads <= 1) return undefined;
    return {
      setup: { ...setup, threads: 1 },
      notice: `wasm with ${threads} threads did not start within ${seconds}: it is tried with one thread, which is slower.`,
    };
  }
  return {
    setup: { ...setup, without: [...(setup.without ?? []), backend] },
    notice: `${backend} did not start within ${seconds}: what comes next is tried.`,
  };
}
