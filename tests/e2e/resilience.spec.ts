// The page when the weights are damaged, missing or out of reach, and without a network after the first visit.
import type { Page, Route } from '@playwright/test';
import { expect, Figure, PATIENCE, test as quiet } from './lib/site.ts';
import { test } from '@playwright/test';

const UNET = '**/weights/faces-128/unet/*.safetensors';

/** The page without its service worker, so that the test can answer for the site. */
const bare = test.extend({ serviceWorkers: 'block' });

async function ready(page: Page): Promise<Figure> {
  const figure = new Figure(page);
  await figure.open('./?steps=4');
  return figure;
}

for (const [what, answer, says] of [
  ['damaged', damaged, /unet\/.*safetensors has the wrong checksum.*damaged/],
  [
    'missing',
    (route: Route) => route.fulfill({ status: 404, body: 'Not found.' }),
    /unet\/.*safetensors is missing/,
  ],
  [
    'not to be reached',
    (route: Route) => route.abort('connectionreset'),
    /connection dropped after .*\sMB\. Try again/,
  ],
] as const) {
  bare(
    `weights that are ${what}: the page says so, keeps the recorded result, and tries again`,
    async ({ page }) => {
      const figure = await ready(page);
      const recorded = await figure.allPixels();
      await page.route(UNET, answer);
      await figure.generate.click();
      await expect(figure.status).toHaveText(says, { timeout: PATIENCE });
      expect(await figure.allPixels()).toEqual(recorded);

      await page.unroute(UNET);
      await figure.draw();
      expect(await figure.allPixels()).not.toEqual(recorded);
    },
  );
}

async function damaged(route: Route): Promise<void> {
  const response = await route.fetch();
  const body = await response.body();
  body[body.length >> 1]! ^= 1;
  await route.fulfill({ response, body });
}

quiet('after the first visit it opens and draws without a network', async ({ page, context }) => {
  const figure = await ready(page);
  await figure.draw();
  const online = await figure.allPixels();
  // The page's files are kept by the service worker, in its own time.
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const names = (await caches.keys()).filter((name) => name.startsWith('noisebook-site-'));
          const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return kept.flat().filter(({ url }) => /threaded-simd.*\.wasm$|_worker\//.test(url)).length;
        }),
      { timeout: PATIENCE },
    )
    .toBeGreaterThanOrEqual(2);

  await context.setOffline(true);
  await page.reload();
  await figure.draw();
  expect(await figure.allPixels()).toEqual(online);
  await expect(page.getByText(/kept in this browser/)).toBeVisible();
});
