// Figure 4.1: the bytes are the encoder's, the PSNR is that of the pixels; the curve, the line, the magnifier, links.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import * as v from 'valibot';
import { psnr, rgbOf } from '@noisebook/ldm/numbers';
import definition, { CURVE, lensAt } from '../../../src/components/figures/4.1-jpeg/figure.ts';
import { restore } from '../../../src/components/kit/frame/result.ts';
import { readFigure } from '../lib/latentFigures.ts';
import { pixels } from '../lib/pixels.ts';
import { expect, PATIENCE, test } from '../lib/site.ts';

const folder = join(import.meta.dirname, '../../../public/recorded/4-1/');
const recorded = v.parse(definition.result, restore(readFigure('4-1').result, {}, folder));
const badge = (page: Page) => page.locator('.badge');

async function open(page: Page, query = ''): Promise<void> {
  await page.goto(`embed/4-1/${query}`);
  await expect(page.locator('#fig-4-1[data-ready]')).toBeVisible();
}

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

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });
  test('the recorded file, its bytes, and whose encoder it was', async ({ page }) => {
    await page.goto('embed/4-1/');
    await expect(page.locator('[data-file=jpeg]')).toContainText(
      `${recorded.file.bytes.toLocaleString('en')} bytes`,
    );
    await expect(page.locator('.foot')).toContainText(recorded.by!);
    const natural = page
      .getByRole('img', { name: 'Right of the line: JPEG 20' })
      .locator('img')
      .evaluate((image) => [
        (image as HTMLImageElement).naturalWidth,
        (image as HTMLImageElement).naturalHeight,
      ]);
    expect(await natural).toEqual([600, 400]);
  });
});

test('the bytes are those of this browser’s encoder, the PSNR that of the pixels', async ({ page }) => {
  await open(page);
  await expect(badge(page)).toHaveText('recorded');
  const sizes: number[] = [];
  for (const q of [8, 35, 90]) {
    await quality(page).fill(String(q));
    await expect(page.getByText(`JPEG, quality ${q}`, { exact: true })).toBeVisible();
    const again = await encodeAgain(page, 'image/jpeg', q / 100);
    expect(again.type).toBe('image/jpeg');
    expect(await bytes(page, 'jpeg')).toBe(again.size);
    sizes.push(again.size);
    const [a, b] = [await pixels(original(page)), await pixels(right(page, `Right of the line: JPEG ${q}`))];
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
  await open(page);
  await quality(page).fill('21');
  await quality(page).fill(String(recorded.file.quality));
  await expect(badge(page)).toHaveText('live');
  await expect.poll(() => original(page).count()).toBe(1);
  await expect(page.getByText(`JPEG, quality ${recorded.file.quality}`, { exact: true })).toBeVisible();
  // Another version of the browser may have another encoder.
  expect(Math.abs((await bytes(page, 'jpeg')) / recorded.file.bytes - 1)).toBeLessThan(0.05);
  expect(await decibels(page)).toBeCloseTo(recorded.file.psnr!, 0);
  const file = await sharp(recorded.jpeg.src).metadata();
  expect([file.format, file.width, file.height]).toEqual(['jpeg', recorded.jpeg.width, recorded.jpeg.height]);
});

test('the curve is measured here, and rises', async ({ page }) => {
  await open(page, '?picture=cat&4.1.quality=50');
  await expect(page.getByRole('slider', { name: /Size of the JPEG file.*in this browser/ })).toBeVisible({
    timeout: PATIENCE,
  });
  await expect.poll(() => bytes(page, 'png'), { timeout: PATIENCE }).toBeGreaterThan(0);
  /** The sizes in the CSV; none while they are measured. */
  const sizes = async (): Promise<number[]> => {
    const download = page.waitForEvent('download', { timeout: 2000 }).catch(() => undefined);
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const path = await (await download)?.path();
    const [, ...rows] = path === undefined ? [] : readFileSync(path, 'utf8').trim().split('\r\n');
    return rows.map((row) => Number(row.split(',')[1]));
  };
  await expect.poll(async () => (await sizes()).length, { timeout: PATIENCE }).toBe(CURVE.length);
  const all = await sizes();
  expect(all).toEqual([...all].sort((a, b) => a - b));
  expect(all.at(-1)!).toBeGreaterThan(20 * all[0]!);
  await expect(page.locator('.foot')).toContainText('your own browser');
});

test('line and magnifier by keyboard, and an address that brings all back', async ({ page }) => {
  await open(page);
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
    { x: Number(query.get('4.1.x')), y: Number(query.get('4.1.y') ?? definition.fields.y.fallback) },
  );
  const enlarged = await pixels(page.getByRole('img', { name: 'original, enlarged' }).locator('canvas'));
  const whole = await pixels(original(page));
  const from = (place.top * 600 + place.left) * 4;
  expect([...enlarged.slice(0, 192)]).toEqual([...whole.slice(from, from + 192)]);
});

test('a picture of the reader’s own', async ({ page }) => {
  await open(page);
  const own = await sharp({ create: { width: 90, height: 60, channels: 3, background: '#3a7' } })
    .png()
    .toBuffer();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'flat.png', mimeType: 'image/png', buffer: own });
  await expect.poll(() => bytes(page, 'raw')).toBe(90 * 60 * 3);
  await expect.poll(async () => bytes(page, 'jpeg')).toBe((await encodeAgain(page, 'image/jpeg', 0.2)).size);
});
