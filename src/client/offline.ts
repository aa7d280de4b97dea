// Registers the service worker, so that the notebook opens offline after the first visit.

/**
 * Call once per page, in the browser. Quietly does nothing where service workers are not to be had (an insecure address,
 * a private window, the development server): the site works the same, only not offline.
 */
export async function registerOffline(base: string): Promise<boolean> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return false;
  const root = base.endsWith('/') ? base : `${base}/`;
  try {
    await navigator.serviceWorker.register(`${root}sw.js`, { scope: root });
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage('keep-later');
    return true;
  } catch {
    return false;
  }
}
