// Figure 4.7: every one of the six numbers moves the face, 256 numbers lose less than six; points in the address, keys.
import { COUNT, onSliders } from '../../../src/components/figures/4.7-six-numbers/figure.ts';
import { LatentFigure, readFigure } from '../lib/latentFigures.ts';
import { expect, PATIENCE, test } from '../lib/site.ts';

const recorded = readFigure('4-7').result as { encoded: number[]; psnr: number; fullPsnr: number };
const study = readFigure('4-7').study as Record<'six' | 'full', { low: number; high: number }>;
const sliders = (figure: LatentFigure) => figure.root.getByRole('slider');
const face = /^A face from the numbers/;
const meanDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

test('each of the six sliders changes the face', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-7').open('4-7');
  await expect(sliders(figure)).toHaveCount(COUNT);
  await figure.root.getByRole('button', { name: 'All zero' }).click();
  let before = await figure.pixels(face);
  for (let k = 0; k < COUNT; k++) {
    await sliders(figure).nth(k).fill('2');
    await expect
      .poll(async () => meanDifference(before, await figure.pixels(face)), { timeout: PATIENCE })
      .toBeGreaterThan(2);
    await expect(figure.picture(face)).toHaveAccessibleName(new RegExp(`(2\\.0, ){${k}}2\\.0`));
    // The picture of the last slider may still be under way.
    await page.waitForTimeout(300);
    before = await figure.pixels(face);
  }
});

test('the encoder’s numbers and what the decoder makes of them are the recorded ones', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-7').open('4-7', '?4.7.picture=face-12');
  const psnr = figure.root.getByTestId('six-psnr');
  await figure.pixels(face);
  await expect(psnr).toHaveText(`${recorded.psnr.toFixed(1)} dB`);
  const expected = onSliders(recorded.encoded);
  for (const [k, value] of expected.entries())
    await expect(sliders(figure).nth(k)).toHaveValue(String(value));
  // 256 numbers keep more of this face than six.
  await expect(figure.root).toContainText(`${recorded.fullPsnr.toFixed(1)} dB`);
  expect(recorded.fullPsnr).toBeGreaterThan(recorded.psnr + 5);
  expect(study.full.low).toBeGreaterThan(study.six.high);
});

test('a random point is kept by the address, and arrow keys move a number', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-7').open('4-7');
  await figure.root.getByRole('button', { name: 'Random point' }).click();
  const there = await figure.pixels(face);
  await expect(page).toHaveURL(/4\.7\.z=/);
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await expect
    .poll(async () => meanDifference(there, await figure.pixels(face)), { timeout: PATIENCE })
    .toBe(0);

  const slider = sliders(figure).first();
  const value = Number(await slider.inputValue());
  await slider.focus();
  await page.keyboard.press(value > 2.9 ? 'ArrowLeft' : 'ArrowRight');
  await expect(slider).toHaveValue(String(Number((value + (value > 2.9 ? -0.05 : 0.05)).toFixed(2))));
  await figure.root.getByRole('button', { name: 'Back to the encoder' }).click();
  await expect(slider).toHaveValue(String(onSliders(recorded.encoded)[0]));
});

test('pressing a face of a strip sets its number', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-7').open('4-7');
  const strip = figure.root.locator('.scrub-strip').nth(1);
  const { width, height } = (await strip.boundingBox())!;
  await strip.click({ position: { x: (width * 5.5) / 7, y: height / 2 } });
  await expect(sliders(figure).nth(1)).toHaveValue('2');
  await expect(figure.picture(face)).toHaveAccessibleName(/^A face from the numbers [^,]+, 2\.0,/);
});
