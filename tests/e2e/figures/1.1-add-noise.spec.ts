// Figure 1.1: its picture, numbers and histogram are the library's, and follow the slider within a frame.
import sharp from 'sharp';
import { noised, SIZE } from '../../../src/components/figures/1.1-add-noise/figure.ts';
import { noiseFor, rgbaOf, valuesOf } from '../../../src/components/kit/noise/pixelValues.ts';
import { alphaBars } from '../../../src/components/kit/noise/schedule.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';
import { LatentFigure } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

const SUM = /^The sum at t/;

class Noise extends LatentFigure {
  readonly t = this.slider('Timestep t');
  readonly sum = () => this.pixels(SUM);

  /** Mean, variance, share outside. */
  async numbers(): Promise<number[]> {
    const places = await this.root.locator('dd').all();
    return Promise.all(places.map(async (place) => Number(await place.getAttribute('data-value'))));
  }

  async drawn(): Promise<void> {
    await expect.poll(async () => new Set(await this.sum()).size).toBeGreaterThan(50);
  }
}

/** A picture that no file of the site has: smooth colours of every brightness. */
const ownPixels = Uint8ClampedArray.from({ length: SIZE * SIZE * 4 }, (_, i) => {
  const [x, y] = [(i >> 2) % SIZE, Math.floor((i >> 2) / SIZE)];
  return [2 * x, 2 * y, (x * y) / 64, 255][i % 4]!;
});

test('recorded first; live it shows the same', async ({ page }) => {
  const figure = await new Noise(page, '1-1').open('1-1');
  await expect(figure.badge).toHaveText('recorded');
  const before = await figure.numbers();
  await figure.t.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await expect(figure.badge).toHaveText('live');
  await figure.drawn();
  const after = await figure.numbers();
  before.forEach((number, i) => expect(after[i]).toBeCloseTo(number, 8));
});

test('picture, mean, variance and histogram are those of the library, for a picture of the reader’s own', async ({
  page,
}) => {
  const figure = await new Noise(page, '1-1').open('1-1');
  const buffer = await sharp(ownPixels, { raw: { width: SIZE, height: SIZE, channels: 4 } })
    .png()
    .toBuffer();
  await figure.root
    .locator('input[type=file]')
    .setInputFiles({ name: 'mine.png', mimeType: 'image/png', buffer });
  const x0 = valuesOf(ownPixels);
  const noise = noiseFor(x0.length, 7);
  for (const t of [0, 400, 800, 999]) {
    await figure.t.fill(String(t));
    const expected = noised(x0, noise, alphaBars(shippedBetas())[t]!);
    await expect(figure.picture(SUM)).toHaveAccessibleName(new RegExp(`t = ${t}: your picture`, 'i'));
    await expect.poll(async () => (await figure.numbers())[0]).toBeCloseTo(expected.mean, 9);
    const [mean, variance, outside] = await figure.numbers();
    expect([variance, outside]).toEqual([expected.variance, expected.outside]);
    expect(await figure.sum()).toEqual([...rgbaOf(expected.x)]);
    // What is written is that number.
    await expect(figure.root.locator('dd').first()).toHaveText(mean!.toFixed(3).replace('-', '−'));
    const rows = await figure.csv();
    expect(rows.slice(1).map((row) => Number(row[2]))).toEqual([...expected.bars]);
  }
  // At the end nothing is left but the standard bell curve.
  const [mean, variance] = await figure.numbers();
  expect(Math.abs(mean!)).toBeLessThan(4 / Math.sqrt(x0.length));
  expect(Math.abs(variance! - 1)).toBeLessThan(0.03);
});

test('the same seed gives the same noise, another one other noise; a link reproduces it', async ({
  page,
}) => {
  const figure = await new Noise(page, '1-1').open('1-1', '?t=999');
  await figure.drawn();
  const first = (await figure.sum()).join();
  const isFirst = async () => (await figure.sum()).join() === first;
  await page.getByRole('button', { name: 'Random seed' }).click();
  await expect.poll(isFirst).toBe(false);
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('7');
  await expect.poll(isFirst).toBe(true);

  await page.getByRole('radio', { name: 'The astronaut' }).check();
  await figure.t.fill('333');
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('99');
  for (const part of [/picture=astronaut/, /t=333/, /seed=99/]) await expect(page).toHaveURL(part);
  await expect(figure.picture(SUM)).toHaveAccessibleName(/The astronaut/);
  await expect(figure.root.locator('.pending')).toHaveCount(0);
  const [seen, written] = [(await figure.sum()).join(), await figure.numbers()];
  await page.reload();
  await expect.poll(async () => (await figure.sum()).join() === seen).toBe(true);
  expect(await figure.numbers()).toEqual(written);
});

test('the picture follows the slider within a frame', async ({ page }) => {
  const figure = await new Noise(page, '1-1').open('1-1', '?t=10');
  await figure.drawn();
  const { times, changed } = await figure.t.evaluate(async (element) => {
    const input = element as HTMLInputElement;
    const canvas = document.querySelector<HTMLCanvasElement>('.sum canvas')!;
    const look = () =>
      canvas.getContext('2d', { willReadFrequently: true })!.getImageData(5, 5, 4, 4).data.join();
    const times: number[] = [];
    let changed = 0;
    let last = look();
    for (let i = 0; i < 60; i++) {
      await new Promise(requestAnimationFrame);
      const begin = performance.now();
      input.value = String(20 + 16 * i);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      // Svelte draws in the microtasks after the event.
      await Promise.resolve();
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      times.push(performance.now() - begin);
      const now = look();
      if (now !== last) changed += 1;
      last = now;
    }
    return { times: times.sort((a, b) => a - b), changed };
  });
  expect(changed).toBeGreaterThan(55);
  // The quarter that other programs did not interrupt.
  expect(times[15]).toBeLessThan(16);
});

test('off screen the numbers in the text follow another figure’s slider', async ({ page }) => {
  await page.goto('noise/');
  const figure = page.locator('#fig-1-1[data-ready]');
  await figure.scrollIntoViewIfNeeded();
  await expect(figure).toBeVisible();
  const other = page.locator('#fig-1-4[data-ready]').getByRole('slider', { name: 'Timestep t' });
  await page.locator('#fig-1-4').scrollIntoViewIfNeeded();
  for (const t of [600, 999]) {
    await other.fill(String(t));
    const signal = Math.sqrt(alphaBars(shippedBetas())[t]!).toFixed(3);
    const live = (name: string) => page.locator(`main [data-live="1.1.${name}"]`).first();
    await expect(live('t')).toHaveText(String(t));
    await expect(live('signal')).toHaveText(signal);
    // The drawing comes a moment later, off screen: then both say the same.
    await expect(live('outside')).toHaveText(t === 600 ? /^2\d$/ : '32');
    const outside = Math.round(100 * (await new Noise(page, '1-1').numbers())[2]!);
    await expect(live('outside')).toHaveText(String(outside));
  }
});
