// Figure 4.5: the neighbours are the nearest, lines lead to them before anything is touched; keys, taps, links, pictures placed.
import type { Page } from '@playwright/test';
import { around, COUNT, NEIGHBOURS } from '../../../src/components/figures/4.5-latent-map/figure.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import { renderFace } from '../../../src/datasets/faces.ts';
import { rasterize } from '../../../tools/lib/rasterize.ts';
import { readMapFiles } from '../../unit/figures/4.5-recording.ts';
import { test as engineTest } from '../lib/engineTest.ts';
import { expect, PATIENCE, test } from '../lib/site.ts';

const { result, study, map: faces } = await readMapFiles();
const { pca } = faces.places;
const FIRST = result.face!;
/** The face that lies farthest out is not covered by any other. */
const OUT = pca.reduce((out, { y }, face) => (y < pca[out]!.y ? face : out), 0);

const map = (page: Page) => page.getByRole('application');
const shownName = (page: Page) => page.locator('.one b');
const neighbours = (page: Page, space: 'latent' | 'pixel') =>
  page
    .locator(`[data-space=${space}] [data-face]`)
    .evaluateAll((buttons) => buttons.map((button) => Number((button as HTMLElement).dataset['face'])));
const numbersOf = (list: readonly { readonly index: number }[]) => list.map(({ index }) => index);
/** By brute force, from the pictures drawn again. */
const all = Array.from({ length: COUNT }, (_, i) => renderFace(sampleFace('test', i), 64, rasterize));
const nearestByPixels = (face: number) =>
  all
    .map((picture, index) => ({
      index,
      distance: picture.reduce((sum, value, i) => sum + (value - all[face]![i]!) ** 2, 0),
    }))
    .filter(({ index }) => index !== face)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEIGHBOURS)
    .map(({ index }) => index);

async function open(page: Page, query = ''): Promise<void> {
  await page.goto(`embed/4-5/${query}`);
  await expect(page.locator('#fig-4-5[data-ready]')).toBeVisible();
}

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });
  test('the first face, its lines to all its neighbours, and what they share', async ({ page }) => {
    await page.goto('embed/4-5/');
    const figure = page.locator('#fig-4-5');
    await expect(shownName(page)).toHaveText(`Face ${FIRST}`);
    const sum = study.agreement.latent.reduce((total, share) => total + share, 0);
    await expect(figure.locator('.caption')).toContainText(sum.toFixed(2));
    for (const space of ['latent', 'pixel'] as const) {
      await expect(figure.locator(`.host > svg rect.${space}`)).toHaveCount(NEIGHBOURS);
      expect(await figure.locator(`.host > svg line.${space}`).count()).toBeGreaterThan(2);
    }
    // The dot plot waits behind its question.
    await expect(figure.locator('table')).toBeHidden();
    await figure.getByText('How alike, counted').click();
    await expect(figure.locator('table')).toContainText(sum.toFixed(2));
  });
});

test('nothing is fetched before the map is wanted', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await open(page);
  await page.waitForLoadState('networkidle');
  const large = () => asked.filter((url) => /faces\.webp|latents\.bin|places\.json/.test(url)).length;
  expect(large()).toBe(0);
  await map(page).focus();
  await expect.poll(large).toBe(3);
});

test('the neighbours are the nearest, in latent space and in pixels', async ({ page }) => {
  for (const face of [FIRST, 7, 342]) {
    await open(page, face === FIRST ? '' : `?4.5.face=${face}`);
    await expect(shownName(page)).toHaveText(`Face ${face}`);
    await expect.poll(() => neighbours(page, 'latent')).toEqual(numbersOf(around(faces, face).latent));
    await expect.poll(() => neighbours(page, 'pixel')).toEqual(nearestByPixels(face));
  }
});

test('arrow keys go from face to face, a hover shows one and leaves', async ({ page }) => {
  await open(page);
  await map(page).focus();
  await expect(page.locator('.host > img')).toHaveCount(0);
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.badge')).toHaveText('live');
  await expect(shownName(page)).not.toHaveText(`Face ${FIRST}`);
  const face = Number((await shownName(page).innerText()).replace('Face ', ''));
  expect(pca[face]!.x).toBeLessThan(pca[FIRST]!.x);
  await expect.poll(() => neighbours(page, 'latent')).toEqual(numbersOf(around(faces, face).latent));
  const box = (await map(page).boundingBox())!;
  await page.mouse.move(box.x + pca[OUT]!.x * box.width, box.y + pca[OUT]!.y * box.height);
  await expect(shownName(page)).toHaveText(`Face ${OUT}`);
  await page.mouse.move(box.x - 5, box.y + 5);
  await expect(shownName(page)).toHaveText(`Face ${face}`);
});

test('the first tap fetches the map and chooses a face', async ({ page }) => {
  await open(page);
  await map(page).scrollIntoViewIfNeeded();
  const at = pca[OUT]!;
  await map(page).evaluate((element, { x, y }) => {
    const box = element.getBoundingClientRect();
    const where = { clientX: box.x + x * box.width, clientY: box.y + y * box.height };
    const finger = { ...where, pointerType: 'touch', pointerId: 1, button: 0, bubbles: true };
    // A made-up pointer can't be captured.
    element.setPointerCapture = () => undefined;
    element.dispatchEvent(new PointerEvent('pointerdown', finger));
    element.dispatchEvent(new PointerEvent('pointerup', finger));
  }, at);
  await expect(shownName(page)).toHaveText(`Face ${OUT}`);
  await expect.poll(() => neighbours(page, 'latent')).toEqual(numbersOf(around(faces, OUT).latent));
});

test('zoom, filter and map by keyboard, and an address that brings them back', async ({ page }) => {
  await open(page);
  await map(page).focus();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await expect(page.getByRole('button', { name: 'Show the whole map' })).toBeEnabled();
  await page.getByRole('radio', { name: 'UMAP' }).check();
  await page.getByLabel('Light up').selectOption({ label: 'hair colour' });
  await page.getByRole('radio', { name: 'pink', exact: true }).press('Space');
  await expect.poll(() => page.url()).toContain('4.5.only=hairColor%3Apink');
  expect(new URL(page.url()).search).toContain('4.5.view=2.25_');
  await page.reload();
  await expect(page.getByRole('radio', { name: 'pink', exact: true })).toBeChecked();
  await expect(page.getByRole('radio', { name: 'UMAP' })).toBeChecked();
  await expect(page.getByText(/^Computed ahead/)).toBeVisible();
  await page.getByRole('button', { name: 'Show the whole map' }).click();
  await expect.poll(() => page.url()).not.toContain('4.5.view');
  await page.getByRole('radio', { name: 'all', exact: true }).check();
  await expect.poll(() => page.url()).not.toContain('4.5.only');
});

test('a control and what it changes are seen together', async ({ page }) => {
  const sizes = [
    { width: 390, height: 664, span: 610 },
    { width: 1280, height: 720, span: 720 },
  ];
  for (const { span, ...size } of sizes) {
    await page.setViewportSize(size);
    await open(page);
    const [picture, control] = await Promise.all(
      [map(page), page.getByRole('radio', { name: 'teal', exact: true })].map(async (of) => of.boundingBox()),
    );
    expect(control!.y + control!.height - picture!.y, `at ${size.width}`).toBeLessThanOrEqual(span);
  }
});

test('a picture placed live: a face of the map finds itself, a new face and a cat find neighbours', async ({
  page,
}) => {
  await open(page, '?4.5.place=face-12');
  await expect.poll(async () => (await neighbours(page, 'latent'))[0], { timeout: PATIENCE }).toBe(12);
  expect((await neighbours(page, 'pixel'))[0]).toBe(12);
  await page.getByRole('button', { name: 'Place a new face' }).click();
  await expect(shownName(page)).toHaveText('A new face', { timeout: PATIENCE });
  await page.getByRole('radio', { name: 'The cat' }).check();
  await expect(shownName(page)).toHaveText('The cat', { timeout: PATIENCE });
  await expect(page.locator('.state').getByRole('status')).toHaveText(/^[\d.]+\sm?s on /);
  await expect(page.locator('[data-space=latent] [data-face]')).toHaveCount(NEIGHBOURS);
  await page.locator('[data-space=latent] [data-face]').first().click();
  await expect(shownName(page)).toHaveText(/^Face \d+$/);
});

engineTest('the recorded latents are those of the live encoder', async ({ engine }) => {
  const some = [0, 12, 211, 399];
  const rgba = some.flatMap((face) => {
    const rgb = renderFace(sampleFace('test', face), 64, rasterize);
    return Array.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb[(i >> 2) * 3 + (i % 4)]!));
  });
  const { outcome, latents } = await engine.encode({ model: 'faces-64', pixels: rgba, count: some.length });
  expect(outcome).toBe('done');
  // Half a step of the stored bytes, and what threads and rounding make of it.
  const tolerance = study.latentRange / 127 / 2 + 2e-3;
  const off = some.map((face, n) =>
    Math.max(
      ...Array.from({ length: 256 }, (_, i) =>
        Math.abs(latents[n * 256 + i]! - faces.latents[face * 256 + i]!),
      ),
    ),
  );
  expect(Math.max(...off), `off by ${off.join(', ')}`).toBeLessThan(tolerance);
});
