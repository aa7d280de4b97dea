// Figure 1.4: every shape ends as the same cloud, by its own points; the reader draws one; Play walks to the end.
import { moments } from '@noisebook/ldm/numbers';
import { alphaBars } from '../../../src/components/kit/noise/schedule.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';
import { LatentFigure } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

const alphasCumprod = alphaBars(shippedBetas());
/** The exact number behind one of the table's. */
const value = async ({ root }: LatentFigure, index: number): Promise<number> =>
  Number(await root.locator('tbody td').nth(index).getAttribute('data-value'));

test('every shape ends as the same round cloud, by its own points', async ({ page }) => {
  const figure = await new LatentFigure(page, '1-4').open('1-4', '?t=999');
  for (const shape of ['Two moons', 'Spiral', 'Rings', 'Heart', 'x and 0', 'Your own']) {
    await page.getByRole('radio', { name: shape }).check();
    await expect(page.getByRole('img', { name: /after 1000 steps/ })).toBeVisible();
    await expect
      .poll(async () => {
        const rows = (await figure.csv()).slice(1).map((row) => row.map(Number));
        const spread = [2, 3].map((column) => moments(rows.map((row) => row[column]!)).variance);
        return Math.max(...spread.map((variance) => Math.abs(variance - 1)));
      })
      .toBeLessThan(0.25);
  }
});

test('mean and variance shown are those of the points; the variance goes to 1', async ({ page }) => {
  const figure = await new LatentFigure(page, '1-4').open('1-4', '?1.4.shape=heart');
  for (const t of [0, 300, 999]) {
    await figure.slider('Timestep t').fill(String(t));
    await expect(page.getByRole('img', { name: new RegExp(`after ${t + 1} steps`) })).toBeVisible();
    await expect
      .poll(async () => {
        const rows = (await figure.csv()).slice(1).map((row) => row.map(Number));
        const { mean, variance } = moments(Float32Array.from(rows, (row) => row[2]!));
        return [mean - (await value(figure, 0)), variance - (await value(figure, 1))].map(Math.abs);
      })
      .toEqual([0, 0]);
    const rows = (await figure.csv()).slice(1).map((row) => row.map(Number));
    const before = moments(rows.map((row) => row[0]!)).variance;
    const theory = alphasCumprod[t]! * before + 1 - alphasCumprod[t]!;
    expect(Math.abs((await value(figure, 1)) / theory - 1)).toBeLessThan(0.2);
  }
});

test('the reader draws a shape; a link reproduces it', async ({ page }) => {
  const figure = await new LatentFigure(page, '1-4').open('1-4');
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
  await figure.slider('Timestep t').fill('0');
  const start = async () => {
    const rows = (await figure.csv()).slice(1).map((row) => row.map(Number));
    return { x: moments(rows.map((row) => row[0]!)), y: moments(rows.map((row) => row[1]!)), rows };
  };
  await expect.poll(async () => (await start()).y.variance).toBeLessThan(0.02);
  const drawn = await start();
  expect(drawn.y.mean).toBeLessThan(-0.9);
  expect(drawn.x.variance).toBeGreaterThan(0.6);
  await expect(page).toHaveURL(/[?&]t=0(&|$)/);
  await page.reload();
  await expect(figure.root).toBeVisible();
  await expect.poll(async () => (await start()).rows).toEqual(drawn.rows);
});

test('Play walks t to the end and stops there; with reduced motion in states', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const figure = await new LatentFigure(page, '1-4').open('1-4', '?t=888');
  const play = page.getByRole('button', { name: 'Play' });
  await play.focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(figure.slider('Timestep t')).toHaveValue('999');
  await expect(play).toBeVisible();
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await figure.slider('Timestep t').fill('900');
  await play.click();
  await expect(figure.slider('Timestep t')).toHaveValue('999');
  await expect(play).toBeVisible();
});
