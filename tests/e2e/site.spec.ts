// The built site as a whole: isolated, nothing the policy has to stop, nothing missing, no other origin; below a sub-path too.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { createSiteServer, listen } from '../../tools/site/server.ts';

interface Trouble {
  readonly what: string[];
}

/** Collects what goes wrong on a page, and requests to other origins. */
async function watch(page: Page, origin: string): Promise<Trouble> {
  const what: string[] = [];
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} stopped ${event.blockedURI}`);
    });
  });
  page.on('console', (message) => {
    if (message.type() === 'error') what.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => what.push(`error: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) what.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) what.push(`elsewhere: ${url}`);
  });
  return { what };
}

test('the policy bites: an injected inline script does not run', async ({ page }) => {
  await page.goto('/');
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.injected = true;';
    document.head.append(script);
    return 'injected' in globalThis;
  });
  expect(ran).toBe(false);
});

test('an unknown address gets the page for it, with a way back', async ({ page }) => {
  const response = await page.goto('/no/such/page/');
  expect(response?.status()).toBe(404);
  await page.getByRole('main').getByRole('link').first().click();
  await expect(page).toHaveURL(/\/$/);
});

test('it works below a sub-path', async ({ page }) => {
  const root = join(import.meta.dirname, '../..');
  const dist = join(root, '.cache/e2e/sub-path');
  execFileSync(process.execPath, [join(root, 'node_modules/astro/bin/astro.mjs'), 'build', '--silent'], {
    cwd: root,
    env: { ...process.env, BASE_PATH: '/note/book/', DIST: dist },
    stdio: 'pipe',
  });
  const { server } = createSiteServer(dist);
  const port = await listen(server, { host: '127.0.0.1', port: 4600 });
  try {
    const origin = `http://127.0.0.1:${port}`;
    const trouble = await watch(page, `${origin}/note/book/`);
    await page.goto(`${origin}/note/book/`);
    await page.waitForLoadState('networkidle');
    await expect(page.getByRole('button', { name: 'Generate' })).toBeVisible();
    for (const path of ['', 'model/', 'noise/', 'compression/', 'glossary/', 'references/', 'teach/']) {
      await page.goto(`${origin}/note/book/${path}`);
      await page.waitForLoadState('networkidle');
      const outside = await page.locator('a[href]').evaluateAll((links) =>
        links
          .map((link) => link as HTMLAnchorElement)
          .filter((link) => link.origin === location.origin && !link.pathname.startsWith('/note/book/'))
          .map((link) => link.href),
      );
      expect(outside, path).toEqual([]);
    }
    expect(trouble.what).toEqual([]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
