// Builds the bare page of tests/e2e/datasets like the site itself, and serves it with the packed digits.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { test as base, expect, type Page } from '@playwright/test';
import { build } from 'vite';
import { writeDigits } from '../../../tools/site/digits.ts';
import { formatHeaders, siteHeaders } from '../../../tools/site/headers.ts';
import { createSiteServer, listen } from '../../../tools/site/server.ts';
import { workerBuild } from '../../../tools/site/workerBuild.ts';
import type { Harness } from '../datasets/page.ts';

export { expect };

declare global {
  interface Window {
    datasets: Harness;
  }
}

const root = join(import.meta.dirname, '../../..');
const path = '/book/';

async function serve(port: number): Promise<{ url: string; close: () => void }> {
  const dist = join(root, `.cache/e2e/datasets-${port}`);
  await build({
    configFile: false,
    root: join(root, 'tests/e2e/datasets'),
    base: path,
    publicDir: false,
    logLevel: 'error',
    worker: workerBuild,
    plugins: [svelte({ configFile: false })],
    build: { outDir: dist, emptyOutDir: true, assetsDir: '_astro', assetsInlineLimit: 0, target: 'es2022' },
  });
  mkdirSync(join(dist, 'pictures'));
  await writeDigits(dist);
  writeFileSync(join(dist, '_headers'), formatHeaders(siteHeaders(path, [{ path: '', scriptHashes: [] }])));
  const { server } = createSiteServer(dist);
  const taken = await listen(server, { host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${taken}${path}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Tests with the page open. */
export const test = base.extend<{ page: Page }, { datasetSite: string }>({
  datasetSite: [
    async ({ browserName: _any }, use, workerInfo) => {
      const site = await serve(4830 + 20 * workerInfo.parallelIndex);
      await use(site.url);
      site.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  page: async ({ page, datasetSite }, use) => {
    await page.goto(datasetSite);
    await page.waitForFunction(() => 'datasets' in window);
    await use(page);
  },
});
