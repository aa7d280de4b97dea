// Figures 4.1 and 4.5: the bytes are the encoder's, the neighbours are the nearest; links, keys.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { CURVE, lensAt, type RecordedJpeg } from '../../src/components/figures/4.1-jpeg/jpeg.ts';
import {
  factsOf,
  latentNeighbours,
  unpackLatents,
  type RecordedMap,
  type RecordedPlaces,
} from '../../src/components/figures/4.5-latent-map/latentMap.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import { renderFace } from '../../src/datasets/faces.ts';
import { psnr, rgbOf } from '@noisebook/ldm/numbers';
import { rasterize } from '../../tools/lib/rasterize.ts';
import { test as engineTest } from './lib/engineTest.ts';
import { pixels } from './lib/pixels.ts';
import { expect, PATIENCE, test } from './lib/site.ts';

const folder = join(import.meta.dirname, '../../public/recorded');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const figure = (page: Page, number: string) => page.locator(`#fig-${number.replace('.', '-')}[data-ready]`);
const badge = (page: Page) => page.locator('.badge');

async function open(page: Page, number: string, query = ''): Promise<void> {
  await page.goto(`embed/${number.replace('.', '-')}/${query}`);
  await expect(figure(page, number)).toBeVisible();
}

/** What is left of a figure where no script runs: the text, and whether all its pictures came. */
async function still(page: Page, number: string): Promise<{ text: string; pictures: boolean }> {
  const context = await page.context().browser()!.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(new URL(`embed/${number.replace('.', '-')}/`, test.info().project.use.baseURL).href);
  await plain.waitForLoadState('networkidle');
  const cell = plain.locator(`#fig-${number.replace('.', '-')}`);
  const text = await cell.innerText();
  const images = await cell.locator('img').all();
  const boxes = await Promise.all(images.map((image) => image.boundingBox()));
  const statuses = await Promise.all(
    images.map(async (image) =>
      (await plain.request.get(new URL((await image.getAttribute('src'))!, plain.url()).href)).status(),
    ),
  );
  await context.close();
  const pictures =
    images.length > 0 &&
    boxes.every((box) => box !== null && box.width > 20) &&
    statuses.every((status) => status === 200);
  return { text, pictures };
}

test.describe('4.1', () => {
  const recorded = read('4-1/recorded.json') as RecordedJpeg;
  const quality = (page: Page) => page.getByRole('slider', { name: 'JPEG quality', exact: true });
  const original = (page: Page) =>
    page.getByRole('img', { name: 'Left of the line: the original' }).locator('canvas');
  const right = (page: Page, name: RegExp | string) =>
    page.getByRole('img', { name }).first().locator('canvas');
  const bytes = async (page: Page, file: 'raw' | 'png' | 'jpeg') =>
    Number(await page.locator(`[data-file=${file}]`).getAttribute('data-bytes'));
  const decibels = async (page: Page) => Number(await page.locator('[data-psnr]').getAttribute('data-psnr'));

  /** Encodes what the original's canvas shows, in this browser, and decodes it again: size and pixels. */
  const encodeAgain = (page: Page, type: string, share?: number) =>
    original(page).evaluate(
      async (element, [kind, q]) => {
        const source = element as HTMLCanvasElement;
        const blob = await new Promise<Blob>((done) => source.toBlob((made) => done(made!), kind, q));
        const bitmap = await createImageBitmap(blob);
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d')!;
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        const text = Array.from(data, (byte) => String.fromCharCode(byte)).join('');
        return { size: blob.size, type: blob.type, text };
      },
      [type, share] as const,
    );

  test('recorded without scripts', async ({ page }) => {
    const { text, pictures } = await still(page, '4.1');
    expect(pictures).toBe(true);
    expect(text).toContain(`${recorded.bytes.toLocaleString('en')} bytes`);
    expect(text).toContain(recorded.browser);
  });

  test('the bytes are those of this browser’s encoder, the PSNR that of the pixels', async ({ page }) => {
    await open(page, '4.1');
    await expect(badge(page)).toHaveText('recorded');
    const sizes: number[] = [];
    for (const q of [8, 35, 90]) {
      await quality(page).fill(String(q));
      await expect(page.getByText(`JPEG, quality ${q}`, { exact: true })).toBeVisible();
      const again = await encodeAgain(page, 'image/jpeg', q / 100);
      expect(again.type).toBe('image/jpeg');
      expect(await bytes(page, 'jpeg')).toBe(again.size);
      sizes.push(again.size);
      const [a, b] = [
        await pixels(original(page)),
        await pixels(right(page, `Right of the line: JPEG ${q}`)),
      ];
      expect(Buffer.from(again.text, 'latin1').equals(b)).toBe(true);
      expect(await decibels(page)).toBeCloseTo(psnr(rgbOf(a), rgbOf(b), 255), 6);
    }
    expect(sizes).toEqual([...sizes].sort((x, y) => x - y));
    expect(await bytes(page, 'raw')).toBe(600 * 400 * 3);
    await expect
      .poll(() => bytes(page, 'png'), { timeout: PATIENCE })
      .toBe((await encodeAgain(page, 'image/png')).size);
  });

  test('what was recorded is what a browser makes', async ({ page }) => {
    await open(page, '4.1');
    await quality(page).fill('21');
    await quality(page).fill(String(recorded.quality));
    await expect(badge(page)).toHaveText('live');
    await expect.poll(() => original(page).count()).toBe(1);
    await expect(page.getByText(`JPEG, quality ${recorded.quality}`, { exact: true })).toBeVisible();
    // Another version of the browser may have another encoder.
    expect(Math.abs((await bytes(page, 'jpeg')) / recorded.bytes - 1)).toBeLessThan(0.05);
    expect(await decibels(page)).toBeCloseTo(recorded.psnr, 0);
    const file = await sharp(join(folder, '4-1', recorded.files.jpeg)).metadata();
    expect([file.format, file.width, file.height]).toEqual(['jpeg', recorded.width, recorded.height]);
  });

  test('the curve is measured here, and rises', async ({ page }) => {
    await open(page, '4.1', '?picture=cat&4.1.quality=50');
    await expect(page.getByRole('slider', { name: /Size of the JPEG file.*in this browser/ })).toBeVisible({
      timeout: PATIENCE,
    });
    await expect.poll(() => bytes(page, 'png'), { timeout: PATIENCE }).toBeGreaterThan(0);
    await expect
      .poll(
        async () => {
          const download = page.waitForEvent('download');
          await page.getByRole('button', { name: 'Download CSV' }).click();
          return readFileSync(await (await download).path(), 'utf8')
            .trim()
            .split('\r\n').length;
        },
        { timeout: PATIENCE },
      )
      .toBe(CURVE.length + 1);
  });

  test('line and magnifier by keyboard, and an address that brings all back', async ({ page }) => {
    await open(page, '4.1');
    const wiper = page.getByRole('slider', { name: /^Line between original/ });
    await wiper.focus();
    await page.keyboard.press('End');
    await expect(wiper).toHaveAttribute('aria-valuetext', '100 % original');
    await page.keyboard.press('ArrowLeft');
    const lens = page.getByRole('button', { name: /^Magnifier/ });
    const before = await lens.getAttribute('aria-label');
    await lens.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowRight');
    expect(await lens.getAttribute('aria-label')).not.toBe(before);
    await quality(page).fill('12');
    await page.getByRole('radio', { name: 'where it differs' }).check();
    await expect(right(page, 'Right of the line: difference')).toBeVisible();
    await expect.poll(() => page.url()).toContain('4.1.quality=12');
    const shown = [await bytes(page, 'jpeg'), await lens.getAttribute('aria-label')];
    await page.reload();
    await expect(page.getByText('JPEG, quality 12', { exact: true })).toBeVisible();
    await expect(wiper).toHaveAttribute('aria-valuetext', '99 % original');
    await expect(right(page, 'Right of the line: difference')).toBeVisible();
    expect([await bytes(page, 'jpeg'), await lens.getAttribute('aria-label')]).toEqual(shown);
    // The magnifier shows the pixels below it.
    const query = new URL(page.url()).searchParams;
    const place = lensAt(
      { width: 600, height: 400 },
      { x: Number(query.get('4.1.x')), y: Number(query.get('4.1.y') ?? recorded.lens.y) },
    );
    const enlarged = await pixels(page.getByRole('img', { name: 'original, enlarged' }).locator('canvas'));
    const whole = await pixels(original(page));
    const from = (place.top * 600 + place.left) * 4;
    expect([...enlarged.slice(0, 192)]).toEqual([...whole.slice(from, from + 192)]);
  });

  test('a picture of the reader’s own', async ({ page }) => {
    await open(page, '4.1');
    const own = await sharp({ create: { width: 90, height: 60, channels: 3, background: '#3a7' } })
      .png()
      .toBuffer();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'flat.png', mimeType: 'image/png', buffer: own });
    await expect.poll(() => bytes(page, 'raw')).toBe(90 * 60 * 3);
    await expect
      .poll(async () => bytes(page, 'jpeg'))
      .toBe((await encodeAgain(page, 'image/jpeg', 0.2)).size);
  });
});

const recordedMap = read('4-5/recorded.json') as RecordedMap;
const places = read('4-5/places.json') as RecordedPlaces;
const { count, dimensions, latentRange } = recordedMap;
const stored = unpackLatents(
  Uint8Array.from(readFileSync(join(folder, '4-5/latents.bin'))).buffer,
  latentRange,
);
const latentOf = (face: number) => stored.subarray(face * dimensions, (face + 1) * dimensions);

test.describe('4.5', () => {
  const map = (page: Page) => page.getByRole('application');
  const shownName = (page: Page) => page.locator('.one b');
  const neighbours = async (page: Page, space: 'latent' | 'pixel') =>
    (await page.locator(`[data-space=${space}] [data-face]`).all()).reduce<Promise<number[]>>(
      async (list, button) => [...(await list), Number(await button.getAttribute('data-face'))],
      Promise.resolve([]),
    );
  /** By brute force, from the stored latents. */
  const nearestByLatent = (face: number) =>
    latentNeighbours(stored, latentOf(face), places.attributes, factsOf(places.attributes, face), face).map(
      ({ index }) => index,
    );
  /** By brute force, from the pictures drawn again. */
  const all = Array.from({ length: count }, (_, i) => renderFace(sampleFace('test', i), 64, rasterize));
  const nearestByPixels = (face: number) =>
    all
      .map((picture, index) => ({
        index,
        distance: picture.reduce((sum, value, i) => sum + (value - all[face]![i]!) ** 2, 0),
      }))
      .filter(({ index }) => index !== face)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 5)
      .map(({ index }) => index);

  test('recorded without scripts', async ({ page }) => {
    const { text, pictures } = await still(page, '4.5');
    expect(pictures).toBe(true);
    expect(text).toContain(`Face ${recordedMap.face}`);
    expect(text).toContain(recordedMap.agreement.latent.reduce((sum, share) => sum + share, 0).toFixed(2));
  });

  test('the neighbours are the nearest, in latent space and in pixels', async ({ page }) => {
    for (const face of [recordedMap.face, 7, 342]) {
      await open(page, '4.5', face === recordedMap.face ? '' : `?4.5.face=${face}`);
      await expect(shownName(page)).toHaveText(`Face ${face}`);
      await expect.poll(() => neighbours(page, 'latent')).toEqual(nearestByLatent(face));
      await expect.poll(() => neighbours(page, 'pixel')).toEqual(nearestByPixels(face));
    }
  });

  test('arrow keys go from face to face, a hover shows one and leaves', async ({ page }) => {
    await open(page, '4.5');
    await map(page).focus();
    await expect(page.locator('.host > svg').first()).toBeVisible();
    await page.keyboard.press('ArrowLeft');
    await expect(badge(page)).toHaveText('live');
    await expect(shownName(page)).not.toHaveText(`Face ${recordedMap.face}`);
    const face = Number((await shownName(page).innerText()).replace('Face ', ''));
    expect(places.places.pca[2 * face]!).toBeLessThan(places.places.pca[2 * recordedMap.face]!);
    await expect.poll(() => neighbours(page, 'latent')).toEqual(nearestByLatent(face));
    // The face that lies farthest out is not covered by any other.
    const out = Array.from({ length: count }, (_, i) => i).reduce((a, b) =>
      places.places.pca[2 * b + 1]! < places.places.pca[2 * a + 1]! ? b : a,
    );
    const box = (await map(page).boundingBox())!;
    await page.mouse.move(
      box.x + places.places.pca[2 * out]! * box.width,
      box.y + places.places.pca[2 * out + 1]! * box.height,
    );
    await expect(shownName(page)).toHaveText(`Face ${out}`);
    await page.mouse.move(box.x - 5, box.y + 5);
    await expect(shownName(page)).toHaveText(`Face ${face}`);
  });

  test('the first tap fetches the map and chooses a face', async ({ page }) => {
    await open(page, '4.5');
    const out = Array.from({ length: count }, (_, i) => i).reduce((a, b) =>
      places.places.pca[2 * b + 1]! < places.places.pca[2 * a + 1]! ? b : a,
    );
    await map(page).scrollIntoViewIfNeeded();
    await map(page).evaluate(
      (element, [x, y]) => {
        const box = element.getBoundingClientRect();
        const at = { clientX: box.x + x * box.width, clientY: box.y + y * box.height };
        const finger = { ...at, pointerType: 'touch', pointerId: 1, button: 0, bubbles: true };
        // A made-up pointer can't be captured.
        element.setPointerCapture = () => undefined;
        element.dispatchEvent(new PointerEvent('pointerdown', finger));
        element.dispatchEvent(new PointerEvent('pointerup', finger));
      },
      [places.places.pca[2 * out]!, places.places.pca[2 * out + 1]!] as const,
    );
    await expect(shownName(page)).toHaveText(`Face ${out}`);
    await expect.poll(() => neighbours(page, 'latent')).toEqual(nearestByLatent(out));
  });

  test('zoom, filter and map by keyboard, and an address that brings them back', async ({ page }) => {
    await open(page, '4.5');
    await map(page).focus();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await expect(page.getByRole('button', { name: 'Show the whole map' })).toBeEnabled();
    await page.getByRole('radio', { name: 'UMAP' }).check();
    await page.getByLabel('Light up').selectOption({ label: 'hair colour' });
    await page.getByRole('button', { name: 'pink', exact: true }).press('Enter');
    await expect.poll(() => page.url()).toContain('4.5.only=hairColor%3Apink');
    const { search } = new URL(page.url());
    expect(search).toContain('4.5.view=2.25_');
    await page.reload();
    await expect(page.getByRole('button', { name: 'pink', exact: true })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await expect(page.getByRole('radio', { name: 'UMAP' })).toBeChecked();
    await expect(page.getByText(/^Computed ahead/)).toBeVisible();
    await page.getByRole('button', { name: 'Show the whole map' }).click();
    await expect.poll(() => page.url()).not.toContain('4.5.view');
  });

  test('a picture placed live: a face of the map finds itself, a new face and a cat find neighbours', async ({
    page,
  }) => {
    await open(page, '4.5', '?4.5.place=face-12');
    await expect.poll(async () => (await neighbours(page, 'latent'))[0], { timeout: PATIENCE }).toBe(12);
    expect((await neighbours(page, 'pixel'))[0]).toBe(12);
    await page.getByRole('button', { name: 'Place a new face' }).click();
    await expect(shownName(page)).toHaveText('A new face', { timeout: PATIENCE });
    await page.getByRole('radio', { name: 'The cat' }).check();
    await expect(shownName(page)).toHaveText('The cat', { timeout: PATIENCE });
    await expect(page.locator('[data-space=latent] [data-face]')).toHaveCount(5);
    await page.locator('[data-space=latent] [data-face]').first().click();
    await expect(shownName(page)).toHaveText(/^Face \d+$/);
  });
});

engineTest('4.5: the recorded latents are those of the live encoder', async ({ engine }) => {
  const faces = [0, 12, 211, 399];
  const rgba = faces.flatMap((face) => {
    const rgb = renderFace(sampleFace('test', face), 64, rasterize);
    return Array.from({ length: 64 * 64 * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb[(i >> 2) * 3 + (i % 4)]!));
  });
  const { outcome, latents } = await engine.encode({ model: 'faces-64', pixels: rgba, count: faces.length });
  expect(outcome).toBe('done');
  // Half a step of the stored bytes, and what threads and rounding make of it.
  const tolerance = latentRange / 127 / 2 + 2e-3;
  const off = faces.map((face, n) =>
    Math.max(...latentOf(face).map((value, i) => Math.abs(latents[n * dimensions + i]! - value))),
  );
  expect(
    off.every((most) => most < tolerance),
    `off by ${off.join(', ')}`,
  ).toBe(true);
});
