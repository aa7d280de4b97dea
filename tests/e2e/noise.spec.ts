// Chapter 1: what each figure claims is so, by its own numbers and pixels; links that reproduce it, keys, own pictures.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { makeAlphasCumprod, moments } from '@noisebook/ldm/numbers';
import { shippedBetas } from '../../tools/lib/noiseSchedule.ts';
import { expect, test } from './lib/site.ts';

const alphasCumprod = makeAlphasCumprod(shippedBetas());
const figure = (page: Page, number: string) => page.locator(`#fig-${number.replace('.', '-')}[data-ready]`);
const slider = (page: Page) => page.getByRole('slider', { name: 'Timestep t', exact: true });

/** The exact number behind a figure's text. */
const value = async (place: Locator): Promise<number> => Number(await place.getAttribute('data-value'));

/** Rows of the CSV that the figure offers. */
async function csvRows(page: Page): Promise<string[][]> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const text = readFileSync(await (await download).path(), 'utf8');
  return text
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
}

test.describe('1.4', () => {
  const cells = (page: Page) => page.locator('#fig-1-4 tbody td');

  test('every shape ends as the same round cloud, by its own points', async ({ page }) => {
    await page.goto('embed/1-4/?t=999');
    await expect(figure(page, '1.4')).toBeVisible();
    for (const shape of ['Two moons', 'Spiral', 'Rings', 'Heart', 'x and 0', 'Your own']) {
      await page.getByRole('radio', { name: shape }).check();
      await expect(page.getByRole('img', { name: /after 1000 steps/ })).toBeVisible();
      await expect
        .poll(async () => {
          const rows = (await csvRows(page)).slice(1).map((row) => row.map(Number));
          const spread = [2, 3].map((column) => moments(rows.map((row) => row[column]!)).variance);
          return Math.max(...spread.map((variance) => Math.abs(variance - 1)));
        })
        .toBeLessThan(0.25);
    }
  });

  test('mean and variance shown are those of the points; the variance goes to 1', async ({ page }) => {
    await page.goto('embed/1-4/?1.4.shape=heart');
    await expect(figure(page, '1.4')).toBeVisible();
    for (const t of [0, 300, 999]) {
      await slider(page).fill(String(t));
      await expect(page.getByRole('img', { name: new RegExp(`after ${t + 1} steps`) })).toBeVisible();
      await expect
        .poll(async () => {
          const rows = (await csvRows(page)).slice(1).map((row) => row.map(Number));
          const { mean, variance } = moments(Float32Array.from(rows, (row) => row[2]!));
          return [mean - (await value(cells(page).nth(0))), variance - (await value(cells(page).nth(1)))].map(
            Math.abs,
          );
        })
        .toEqual([0, 0]);
      const rows = (await csvRows(page)).slice(1).map((row) => row.map(Number));
      const before = moments(rows.map((row) => row[0]!)).variance;
      const theory = alphasCumprod[t]! * before + 1 - alphasCumprod[t]!;
      expect(Math.abs((await value(cells(page).nth(1))) / theory - 1)).toBeLessThan(0.2);
    }
  });

  test('the reader draws a shape; a link reproduces it', async ({ page }) => {
    await page.goto('embed/1-4/');
    await expect(figure(page, '1.4')).toBeVisible();
    const sheet = page.getByRole('img', { name: /^The points at the start/ });
    await sheet.scrollIntoViewIfNeeded();
    const box = (await sheet.boundingBox())!;
    const at = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    // A line across the lower half, from left to right.
    await at(0.1, 0.75);
    await page.mouse.down();
    for (let i = 1; i <= 20; i++) await at(0.1 + 0.04 * i, 0.75);
    await page.mouse.up();
    await expect(page.getByRole('radio', { name: 'Your own' })).toBeChecked();
    await expect(page).toHaveURL(/1\.4\.drawing=[\w-]{10,}/);
    await slider(page).fill('0');
    const start = async () => {
      const rows = (await csvRows(page)).slice(1).map((row) => row.map(Number));
      return { x: moments(rows.map((row) => row[0]!)), y: moments(rows.map((row) => row[1]!)), rows };
    };
    await expect.poll(async () => (await start()).y.variance).toBeLessThan(0.02);
    const drawn = await start();
    expect(drawn.y.mean).toBeLessThan(-0.9);
    expect(drawn.x.variance).toBeGreaterThan(0.6);
    await expect(page).toHaveURL(/[?&]t=0(&|$)/);
    await page.reload();
    await expect(figure(page, '1.4')).toBeVisible();
    await expect.poll(async () => (await start()).rows).toEqual(drawn.rows);
  });

  test('Play walks t to the end and stops there; with reduced motion in states', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto('embed/1-4/?t=888');
    await expect(figure(page, '1.4')).toBeVisible();
    const play = page.getByRole('button', { name: 'Play' });
    await play.focus();
    await page.keyboard.press('Space');
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
    await expect(slider(page)).toHaveValue('999');
    await expect(play).toBeVisible();
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await slider(page).fill('900');
    await play.click();
    await expect(slider(page)).toHaveValue('999');
    await expect(play).toBeVisible();
  });
});

test('without scripts every figure of the chapter shows its recorded state', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: baseURL ?? '' });
  const page = await context.newPage();
  await page.goto('noise/');
  await expect(page.locator('#fig-1-4 path.dots').first()).toBeVisible();
  await context.close();
});
