// Notices that the site was built anew since this page was opened: parts of the old build are then gone from the server.

/** What this needs of the page; tests bring their own. */
export interface Surroundings {
  readonly page: Pick<Window, 'addEventListener' | 'location'>;
  /** Undefined where the browser doesn't report what it fetches. */
  readonly Observer: typeof PerformanceObserver | undefined;
}

/** Says so in place of the browser's "Failed to fetch dynamically imported module". */
const MISSING_PART =
  'A part of this page could not be fetched. Reload the page: there may be a new version of it, or no connection.';

/**
 * Calls back, once, when a script of this page's build is no longer on the server. Their names carry a hash of their
 * content: they go away only when others take their place. Browsers don't report the script of a worker; when that is gone,
 * the worker's own error says the same.
 */
export function onNewVersion(
  base: string,
  callback: () => void,
  { page, Observer }: Surroundings = { page: window, Observer: globalThis.PerformanceObserver },
): void {
  page.addEventListener('vite:preloadError', (event: Event) => {
    // The bundler's event has the error that the import will throw.
    if ('payload' in event && event.payload instanceof Error) event.payload.message = MISSING_PART;
  });
  if (Observer === undefined) return;
  const root = base.endsWith('/') ? base : `${base}/`;
  const folders = ['_astro/', '_worker/'].map((folder) => page.location.origin + root + folder);
  const isGone = ({ name, responseStatus }: PerformanceResourceTiming): boolean =>
    (responseStatus === 404 || responseStatus === 410) && folders.some((folder) => name.startsWith(folder));
  const observer = new Observer((list) => {
    if (!(list.getEntries() as PerformanceResourceTiming[]).some(isGone)) return;
    observer.disconnect();
    callback();
  });
  observer.observe({ type: 'resource', buffered: true });
}
