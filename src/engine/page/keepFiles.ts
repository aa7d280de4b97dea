// What the worker loaded before a service worker was there to keep it: fetched once more through that, so that the first
// visit is enough to go on without a network.
import { inTime } from '@noisebook/ldm/numbers';
import { fetchInTime } from '../../loading/fetchInTime.ts';

/** Milliseconds for the service worker to take the page over. */
const CONTROL_MS = 120_000;

/**
 * @param files addresses of code and binaries that the worker has loaded; the browser's own cache has them
 * @param container the browser's service workers; undefined where there are none
 */
export async function keepFiles(
  files: readonly string[],
  container: ServiceWorkerContainer | undefined,
): Promise<void> {
  if (container === undefined) return;
  const controlled = new Promise<void>((resolve) => {
    if (container.controller !== null) resolve();
    else container.addEventListener('controllerchange', () => resolve(), { once: true });
  });
  await inTime(controlled, CONTROL_MS, 'the service worker');
  // The service worker keeps what it answers. One after the other: nobody waits for these.
  for (const file of files) await fetchInTime(file, 'a copy of the code that computes, for later');
}
