// Figures 4.1 and 4.5: the bytes are the encoder's, the neighbours are the nearest; links, keys.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { CURVE, lensAt, type RecordedJpeg } from '../../src/components/figures/4.1-jpeg/jpeg.ts';
import { psnr, rgbOf } from '@noisebook/ldm/numbers';
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
