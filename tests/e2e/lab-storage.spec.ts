// What the lab says of its storage: refused, another version's, damaged records and checkpoints; nothing is "saved" that isn't.
import type { BrowserContext, Locator, Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeZip } from '@noisebook/ldm/zip';

const RECIPE = '8.1.with=n-64_aw-8_w-16_as-24_s-16_ab-4_b-8_alr-0.005_lr-0.003';
const figure = (page: Page): Locator => page.locator('#fig-8-1[data-ready]');
const notice = (page: Page): Locator => page.getByTestId('storage-notice');
const said = (page: Page): Locator => page.locator('.transport .said p').first();

async function open(page: Page): Promise<void> {
  await page.goto(`embed/8-1/?${RECIPE}`);
  await expect(figure(page)).toBeVisible();
}
async function steps(page: Page, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await page.getByRole('button', { name: 'One step' }).click();
    await expect(said(page)).toContainText(`One step done: phase one, step ${i} of 24`, { timeout: 60_000 });
  }
}

/** A tiny model with random weights, saved by diffusers. */
function micro(): Map<string, Uint8Array> {
  const folder = join(import.meta.dirname, '../fixtures/micro');
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('reference'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), new Uint8Array(readFileSync(path))]),
  );
}

/** Scripts that run before a page's own do not reach its workers: theirs is changed on its way. */
async function refuseStorage(context: BrowserContext): Promise<void> {
  const refused = `Object.defineProperty(globalThis, 'indexedDB', {
    get() { throw new DOMException('The user denied permission.', 'SecurityError'); },
  });`;
  await context.addInitScript(refused);
  await context.route(/_worker\/main[^/]*\.js/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${refused}\n${await response.text()}` });
  });
}

/** What a newer version of the site would do, in this page. */
const otherVersion = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('noisebook-runs', 2);
        opening.onerror = () => reject(new Error('cannot open'));
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
  );

/** Changes the newest record of an object store. */
const alter = (page: Page, store: string, change: object | 'delete'): Promise<void> =>
  page.evaluate(
    ([name, more]) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('noisebook-runs');
        opening.onerror = () => reject(new Error('cannot open'));
        opening.onsuccess = () => {
          const transaction = opening.result.transaction(name, 'readwrite');
          const asking = transaction.objectStore(name).openCursor(null, 'prev');
          asking.onsuccess = () => {
            const cursor = asking.result!;
            if (more === 'delete') cursor.delete();
            else cursor.update({ ...(cursor.value as object), ...more });
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
          transaction.onabort = () => reject(new Error('cannot write'));
        };
      }),
    [store, change] as const,
  );

test('storage that is refused: said before the start, and nothing is called saved or kept', async ({
  context,
  page,
}) => {
  await refuseStorage(context);
  await open(page);
  await expect(notice(page)).toContainText('Nothing lasts here.');
  await expect(notice(page)).toContainText('storage is refused');
  await steps(page, 2);
  await expect(page.getByText('Runs in this page')).toBeVisible();
  await expect(figure(page)).toContainText('gone when it is closed or reloaded');
  for (const wrong of [/saved at/i, /kept in this browser/i, /in this browser’s storage/i]) {
    await expect(figure(page)).not.toContainText(wrong);
  }
});

test('storage of another version: the reason, and what is in it, before a start and after', async ({
  page,
}) => {
  await open(page);
  await steps(page, 1);
  await expect(said(page)).toContainText('saved at step 1 of phase one');
  await otherVersion(page);
  await page.getByRole('button', { name: 'One step' }).click();
  await expect(said(page)).toContainText('Another version of this site has changed', { timeout: 60_000 });
  await expect(notice(page)).toContainText('Your runs can’t be read now.');
  await expect(notice(page)).toContainText('Stored runs, out of this page’s reach: Faces 1.');
  await page.reload();
  await expect(notice(page)).toContainText('Nothing lasts here. Another version of this site has changed');
  await expect(notice(page)).toContainText('Stored runs, out of this page’s reach: Faces 1.');
});

test('a newer version takes the storage while this page trains: it stops with the true reason', async ({
  page,
}) => {
  await page.goto(`embed/8-1/?${RECIPE.replace('as-24', 'as-40000')}`);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(said(page)).toContainText('saved at step', { timeout: 60_000 });
  await otherVersion(page);
  await expect(said(page)).toContainText(
    /Training has stopped: it is stored up to step \d+ of the autoencoder\. Another version of this site/,
    { timeout: 60_000 },
  );
  await expect(notice(page)).toContainText('Stored runs, out of this page’s reach: Faces 1.');
});

test('a model that nothing keeps is in the list, for this page, and not called kept', async ({
  context,
  page,
}) => {
  await refuseStorage(context);
  await open(page);
  const zip = writeZip(micro());
  await page
    .getByTestId('open-model')
    .getByLabel('Zip of a model')
    .setInputFiles({ name: 'mine.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
  const state = page.getByTestId('open-state');
  await expect(state).toContainText('“mine” is sound. Nothing lasts here', { timeout: 60_000 });
  const models = page.getByTestId('own-models');
  await expect(models.locator('li')).toContainText('gone when this page is closed or reloaded');
  await models.getByRole('button', { name: 'Use mine in the figures of this page' }).click();
  await expect(state).toContainText('Figures of this page use “mine”. Nothing lasts here');
  expect(await page.evaluate(() => localStorage.getItem('noisebook-model'))).toBeNull();
  await expect(figure(page)).not.toContainText('kept in this browser');
});

test('a run of another shape is a row with Delete, and hides no other', async ({ page }) => {
  await open(page);
  await steps(page, 1);
  await alter(page, 'runs', { recipe: null });
  await page.reload();
  await steps(page, 1);
  const row = figure(page).locator('[data-unreadable]');
  await expect(row).toContainText('can’t be read here');
  await expect(figure(page).getByRole('button', { name: /^Show / })).toHaveCount(1);
  await row.getByRole('button', { name: /^Delete/ }).click();
  await row.getByRole('button', { name: 'Delete for good' }).click();
  await expect(row).toHaveCount(0);
  await expect(figure(page).getByRole('button', { name: /^Show / })).toHaveCount(1);
});

test('a damaged checkpoint: it goes on from the one before, and says so', async ({ page }) => {
  await open(page);
  await steps(page, 3);
  await alter(page, 'checkpoints', { bytes: new Uint8Array(0) });
  await page.reload();
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('button', { name: 'One step' }).click();
  await expect(said(page)).toContainText(
    'step 3 of phase one could not be used, so it went on from step 2 of phase one',
    { timeout: 60_000 },
  );
  await expect(said(page)).toContainText('step 3 of 24');
});

test('a run that cannot be shown is not gone on with, and no new one begins', async ({ page }) => {
  await open(page);
  await steps(page, 1);
  await page.reload();
  const goOn = page.getByRole('button', { name: 'Go on from step 1' });
  await expect(goOn).toBeVisible();
  await alter(page, 'runs', 'delete');
  await goOn.click();
  await expect(figure(page)).toContainText('not in this browser any more');
  await expect(page.getByRole('button', { name: 'Start training' })).toBeVisible();
  await expect(said(page)).toContainText('Recorded');
});
