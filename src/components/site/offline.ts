// Registers the service worker, so that the notebook opens offline after the first visit.
import { inTime } from '@noisebook/ldm/numbers';

/** Milliseconds for the service worker to be installed: it keeps the pages' code while it is. */
const READY_MS = 120_000;

/**
 * Call once per page, in the browser. Quietly does nothing where service workers are not to be had (an insecure address,
 * a private window, the development server): the site works the same, only not offline.
 */
export async function registerOffline(base: string): Promise<boolean> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return false;
  const root = base.endsWith('/') ? base : `${base}/`;
  try {
    await navigator.serviceWorker.register(`${root}sw.js`, { scope: root });
    const { active } = await inTime(navigator.serviceWorker.ready, READY_MS, 'the service worker');
    active?.postMessage('keep-later');
    return true;
  } catch {
    return false;
  }
}
