// What only a browser shows of how the site is served: policies without headers, a full storage, a build that has gone.
import { expect, test, type Page } from '@playwright/test';

/** The page without its service worker, so that the test can answer for the site. */
const bare = test.extend({ serviceWorkers: 'block' });

/** Whether the page runs a script that somebody put into it. */
const runsInjected = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.injected = true;';
    document.head.append(script);
    return 'injected' in globalThis;
  });

for (const path of ['train/', 'embed/8-1/', 'no/such/page/']) {
  bare(`/${path} has its policy where no header brings one`, async ({ page }) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/policy/i.test(message.text())) complaints.push(message.text());
    });
    await page.route('**/*', async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue();
      const response = await route.fetch();
      const headers = response.headers();
      delete headers['content-security-policy'];
      return route.fulfill({ response, headers });
    });
    const response = await page.goto(`./${path}`);
    expect(response?.headers()['content-security-policy']).toBeUndefined();
    await page.waitForLoadState('networkidle');
    expect(complaints).toEqual([]);
    expect(await runsInjected(page)).toBe(false);
  });
}

test('other spellings of an address lead to the one', async ({ page, baseURL }) => {
  for (const path of ['train/index.html?8.1.data=faces', '/train//?8.1.data=faces']) {
    await page.goto(`${baseURL ?? ''}${path}`);
    expect(new URL(page.url()).pathname).toBe('/train/');
    expect(new URL(page.url()).search).toContain('8.1.data=faces');
  }
});

test('a full storage takes nothing away that the network has', async ({ page, context, baseURL }) => {
  await page.goto('./glossary/');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(baseURL ?? '').origin,
    quotaSize: 1000,
  });
  const statuses = await page.evaluate(async () => {
    const paths = ['references.bib', 'card/faces-64/pictures.json', 'pictures/full/cup.webp', 'licences.txt'];
    return Promise.all(
      paths.map((path) =>
        fetch(`/${path}`).then(
          ({ status }) => status,
          (error: unknown) => String(error),
        ),
      ),
    );
  });
  expect(statuses).toEqual([200, 200, 200, 200]);
  const kept = await page.evaluate(async () => (await caches.match('/pictures/full/cup.webp')) !== undefined);
  expect(kept).toBe(false);
  expect((await page.reload())?.status()).toBe(200);
});

const notThere = { status: 404, body: 'Not found.' };
const engine = '**/_astro/engine.*.js';

bare(
  'after a new build, a page that misses its engine says so, and leads to the new one',
  async ({ page }) => {
    await page.route(engine, (route) => route.fulfill(notThere));
    await page.goto('./?steps=4');
    await page.getByRole('button', { name: 'Generate' }).click();
    const bar = page.getByRole('status').filter({ hasText: 'There is a new version' });
    await expect(bar).toBeVisible();
    await expect(
      page.getByText(/could not be fetched. Reload the page: there may be a new version/),
    ).toBeVisible();
    await page.unroute(engine);
    await bar.getByRole('button', { name: 'Reload the page' }).click();
    await expect(bar).toHaveCount(0);
  },
);

bare('after a new build, a page that misses its worker says so', async ({ page }) => {
  await page.route('**/_worker/*.js', (route) => route.fulfill(notThere));
  await page.goto('./?steps=4');
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(page.getByText(/could not start. Reload the page: there may be a new version/)).toBeVisible();
});

bare('after a new build, a figure that could not come to life says so', async ({ page }) => {
  await page.route('**/_astro/View.*.js', (route) => route.fulfill(notThere));
  await page.goto('./noise/');
  await page.locator('#fig-1-2').scrollIntoViewIfNeeded();
  await expect(page.getByRole('status').filter({ hasText: 'There is a new version' })).toBeVisible();
});

test('the licences of what is handed out lie beside it, and pages name the one that is not ours', async ({
  page,
  request,
}) => {
  const text = await (await request.get('./licences.txt')).text();
  for (const name of ['svelte', 'katex', 'd3-array', 'fflate', 'idb', 'valibot', '@observablehq/plot']) {
    expect(text).toContain(`\n${name} `);
  }
  // From the workers, and what is no script.
  for (const name of [
    '@tensorflow/tfjs-core',
    '@dicebear/avataaars',
    '@fontsource-variable/inter',
    'mnist',
  ]) {
    expect(text).toContain(`\n${name} `);
  }
  for (const path of ['teach/', 'references/']) {
    await page.goto(`./${path}`);
    await expect(page.getByRole('link', { name: 'CC BY-SA 3.0' })).toBeVisible();
    await expect(page.getByRole('main').getByRole('link', { name: 'licences.txt' })).toBeVisible();
  }
});
