// Notices that a worker died without saying so (killed for memory, closed), by the lock it holds while it lives.
import type { WorkerSetup } from '../protocol/transport.ts';

/**
 * Resolves when the worker that holds `setup.lifeLock` is gone; never, if `signal` is aborted before or the browser
 * has no Web Locks (plain http). Call it only once the worker has the lock.
 */
export async function watchWorker(setup: WorkerSetup, signal: AbortSignal): Promise<void> {
  const locks = (navigator as Partial<Navigator>).locks;
  try {
    if (locks === undefined) throw new Error('no Web Locks');
    await locks.request(setup.lifeLock, { signal }, () => undefined);
  } catch {
    await new Promise<never>(() => undefined);
  }
}
