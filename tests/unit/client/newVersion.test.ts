// When a page says that there is a new version of it: a script of its own build is gone, and only then.
import { expect, it } from 'vitest';
import { onNewVersion } from '../../../src/components/site/newVersion.ts';

/** A page below /book/; `fetched` tells it what the browser has fetched, `fail` that an import has failed. */
function openPage(reports = true): {
  said: () => number;
  fetched: (path: string, responseStatus: number) => void;
  fail: (message: string) => Error;
} {
  let said = 0;
  let report: ((list: object) => void) | undefined;
  let failed: ((event: Event & { payload: Error }) => void) | undefined;
  class Observer {
    constructor(callback: (list: object) => void) {
      report = callback;
    }
    observe(): void {
      // Reports when the test says so.
    }
    disconnect(): void {
      report = undefined;
    }
  }
  onNewVersion('/book', () => said++, {
    page: {
      location: { origin: 'https://site.example' },
      addEventListener: (_type: string, listener: (event: Event & { payload: Error }) => void) =>
        (failed = listener),
    } as unknown as Window,
    Observer: reports ? (Observer as unknown as typeof PerformanceObserver) : undefined,
  });
  return {
    said: () => said,
    fetched: (path, responseStatus) =>
      report?.({ getEntries: () => [{ name: `https://site.example${path}`, responseStatus }] }),
    fail: (message) => {
      const payload = new TypeError(message);
      failed?.(Object.assign(new Event('vite:preloadError'), { payload }));
      return payload;
    },
  };
}

it.each(['/book/_astro/engine.abc.js', '/book/_worker/main.abc.js'])('%s is gone: once', (path) => {
  const page = openPage();
  page.fetched('/book/_astro/here.js', 200);
  expect(page.said()).toBe(0);
  page.fetched(path, 404);
  page.fetched(path, 404);
  expect(page.said()).toBe(1);
});

it('other failures are no new version', () => {
  const page = openPage();
  page.fetched('/book/weights/faces/manifest.json', 404);
  page.fetched('/other/_astro/x.js', 404);
  page.fetched('/book/_astro/engine.abc.js', 0);
  page.fetched('/book/_astro/engine.abc.js', 503);
  expect(page.said()).toBe(0);
});

it.each([true, false])('a script that could not be fetched says what to do (reports: %s)', (reports) => {
  expect(openPage(reports).fail('Failed to fetch dynamically imported module: x').message).toMatch(
    /Reload the page: there may be a new version/,
  );
});
