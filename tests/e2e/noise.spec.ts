// Chapter 1: what each figure claims is so, by its own numbers and pixels; links that reproduce it, keys, own pictures.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { compare } from '../../src/components/figures/1.3-one-jump/oneJump.ts';
import { makeAlphasCumprod, makeBetas, moments } from '@noisebook/ldm/numbers';
import { shippedBetas } from '../../tools/lib/noiseSchedule.ts';
import { expect, test } from './lib/site.ts';

const alphasCumprod = makeAlphasCumprod(shippedBetas());
const figure = (page: Page, number: string) => page.locator(`#fig-${number.replace('.', '-')}[data-ready]`);
const slider = (page: Page) => page.getByRole('slider', { name: 'Timestep t', exact: true });
/** For what takes millions of random numbers, on a busy machine. */
const PATIENT = { timeout: 60_000 };

/** The exact number behind a figure's text. */
const value = async (place: Locator): Promise<number> => Number(await place.getAttribute('data-value'));

/** RGBA of a drawn picture; it must have been drawn, not only recorded. */
function pixels(picture: Locator): Promise<number[]> {
  return picture.evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
  });
}

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

test.describe('1.3', () => {
  const schedule = shippedBetas();
  const fixed = { betas: makeBetas(schedule), alphasCumprod };
  const gauge = (page: Page) => page.locator('#fig-1-3 .gauge [data-value]');
  const verdict = (page: Page) => page.locator('#fig-1-3 [data-alike]');

  /** What the figure must come to, from the library. */
  function expected(setting: { t: number; seed: number; start: number; count: number; broken: boolean }) {
    const work = compare({ ...fixed, ...setting });
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
    }
  }

  test('both ways agree in distribution, for any t; a broken step does not', async ({ page }) => {
    await page.goto('embed/1-3/');
    await expect(figure(page, '1.3')).toBeVisible();
    await expect(verdict(page)).toHaveAttribute('data-alike', 'true');
    for (const t of [50, 400, 999]) {
      await slider(page).fill(String(t));
      const { distance, limit, theory } = expected({ t, seed: 7, start: 0.6, count: 4000, broken: false });
      await expect(gauge(page)).toHaveAttribute('data-value', String(distance), PATIENT);
      expect(distance).toBeLessThan(limit);
      await expect(verdict(page)).toHaveAttribute('data-alike', 'true');
      const cells = page.locator('#fig-1-3 tbody td');
      expect(await value(cells.nth(4))).toBe(theory.mean);
      expect(await value(cells.nth(5))).toBe(theory.variance);
      for (const row of [0, 1]) {
        expect(Math.abs((await value(cells.nth(2 * row))) - theory.mean)).toBeLessThan(0.07);
        expect(Math.abs((await value(cells.nth(2 * row + 1))) / theory.variance - 1)).toBeLessThan(0.1);
      }
    }
    await slider(page).fill('400');
    await page.getByRole('switch', { name: /Break it/ }).check();
    const broken = expected({ t: 400, seed: 7, start: 0.6, count: 4000, broken: true });
    await expect(gauge(page)).toHaveAttribute('data-value', String(broken.distance), PATIENT);
    expect(broken.distance).toBeGreaterThan(2 * broken.limit);
    await expect(verdict(page)).toHaveText(/^Not alike\./);
    await expect(page.locator('[data-alike]')).toHaveAttribute('data-alike', 'false');
  });

  test('the two pictures differ in every part, and are spread alike', async ({ page }) => {
    await page.goto('embed/1-3/?t=300');
    const steps = page.getByRole('img', { name: /after 301 small steps$/ });
    const jump = page.getByRole('img', { name: /after one jump$/ });
    await expect.poll(async () => new Set(await pixels(jump)).size, { timeout: 60_000 }).toBeGreaterThan(50);
    const [a, b] = [await pixels(steps), await pixels(jump)].map((data) =>
      data.filter((_, i) => i % 4 !== 3),
    );
    const same = a!.filter((byte, i) => byte === b![i] && byte !== 0 && byte !== 255).length;
    expect(same / a!.length).toBeLessThan(0.03);
    const [ma, mb] = [moments(a!), moments(b!)];
    expect(Math.abs(ma.mean - mb.mean)).toBeLessThan(3);
    expect(Math.abs(ma.variance / mb.variance - 1)).toBeLessThan(0.06);
  });

  test('the long computation tells how far it is, can be stopped, and never holds the page', async ({
    page,
  }) => {
    await page.goto('embed/1-3/');
    await expect(figure(page, '1.3')).toBeVisible();
    await page.evaluate(() => {
      const state = { gaps: [] as number[], seen: [] as string[] };
      Object.assign(window, { state });
      let last = performance.now();
      const tick = () => {
        const now = performance.now();
        state.gaps.push(now - last);
        last = now;
        setTimeout(tick);
      };
      tick();
      const status = document.querySelector('#fig-1-3 [role=status]')!;
      new MutationObserver(() => state.seen.push(status.textContent)).observe(status, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    const state = () =>
      page.evaluate(() => (window as unknown as { state: { gaps: number[]; seen: string[] } }).state);
    await slider(page).fill('999');
    await page.getByRole('radio', { name: '16,000' }).check();
    const stop = page.getByRole('button', { name: 'Stop' });
    await expect(stop).toBeEnabled();
    await stop.click();
    await expect(page.locator('#fig-1-3 [role=status]').first()).toHaveText(/^Stopped/);
    // One of the copies' buttons goes on.
    await page.evaluate(() => {
      (window as unknown as { state: { gaps: number[] } }).state.gaps = [];
    });
    await page.getByRole('spinbutton', { name: 'Seed' }).fill('8');
    const { distance } = expected({ t: 999, seed: 8, start: 0.6, count: 16_000, broken: false });
    await expect(gauge(page)).toHaveAttribute('data-value', String(distance), PATIENT);
    const { gaps, seen } = await state();
    expect(seen.some((text) => /^Computing: \d+ of 2000$/.test(text))).toBe(true);
    // The page got its turn all the time, however busy the machine is with other things.
    expect(gaps.length).toBeGreaterThan(60);
    const whole = gaps.reduce((total, gap) => total + gap, 0);
    expect(Math.max(...gaps)).toBeLessThan(whole / 10);
    expect(gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 4)]).toBeLessThan(50);
  });

  test('a link reproduces the comparison', async ({ page }) => {
    await page.goto('embed/1-3/?t=250&seed=3&1.3.start=-0.4&1.3.count=1000&1.3.broken=1');
    const { distance } = expected({ t: 250, seed: 3, start: -0.4, count: 1000, broken: true });
    await expect(gauge(page)).toHaveAttribute('data-value', String(distance), PATIENT);
    await expect(page.getByRole('switch')).toBeChecked();
    await page.getByRole('slider', { name: 'Value at the start' }).fill('0.25');
    await page.getByRole('switch').uncheck();
    await expect(page).toHaveURL(/1\.3\.start=0\.25/);
    await expect(page).not.toHaveURL(/broken/);
    await page.reload();
    const next = expected({ t: 250, seed: 3, start: 0.25, count: 1000, broken: false });
    await expect(gauge(page)).toHaveAttribute('data-value', String(next.distance), PATIENT);
  });
});

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
  await expect(page.locator('#fig-1-3 [data-alike=true]')).toBeVisible();
  await expect(page.locator('#fig-1-3 path.ways')).toBeVisible();
  await expect(page.locator('#fig-1-4 path.dots').first()).toBeVisible();
  await context.close();
});
