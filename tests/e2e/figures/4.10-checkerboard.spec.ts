// Figure 4.10: the transposed convolution's period stands out; what is said of a picture is what its pixels say; the loupe.
import type { Locator, Page } from '@playwright/test';
import { PERIODS, spectralOf, type Kind } from '../../../src/components/figures/4.10-checkerboard/figure.ts';
import { nameOf } from '../../../src/userContent/pictures/ids.ts';
import { readFigure } from '../lib/latentFigures.ts';
import { expect, PATIENCE, test } from '../lib/site.ts';

const recorded = readFigure('4-10').result as Record<Kind, { peaks: number[] }>;
const study = readFigure('4-10').study as {
  mean: Record<Kind, { peaks: { mean: number; sd: number }[] }>;
};
const figure = (page: Page): Locator => page.locator('#fig-4-10[data-ready]');

/** RGBA of the canvas inside a picture; waits until there is one. */
async function pixels(picture: Locator): Promise<number[]> {
  const canvas = picture.locator('canvas');
  await expect(canvas).toBeVisible({ timeout: PATIENCE });
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = (element as HTMLCanvasElement).getContext('2d');
    return [...(context?.getImageData(0, 0, width, height).data ?? [])];
  });
}

const names = { resize: 'resize, then convolve', transpose: 'transposed convolution' } as const;
/** What is on screen is a tile's picture: its peaks, computed here once more. */
const tile = (page: Page, kind: keyof typeof names) =>
  figure(page).locator('.tile').filter({ hasText: names[kind] });
const shownPeak = async (page: Page, kind: keyof typeof names): Promise<number> =>
  Number.parseFloat((await tile(page, kind).getByTestId('peak-2').innerText()).replace('−', '-'));
const ownPeaks = async (page: Page, kind: keyof typeof names): Promise<readonly number[]> =>
  spectralOf(await pixels(tile(page, kind).locator('button'))).peaks;

test('over test faces the transposed convolution’s period 2 stands out, the other’s does not', () => {
  const [transpose, resize, real] = (['transpose', 'resize', 'real'] as const).map(
    (kind) => study.mean[kind].peaks[PERIODS.indexOf(2)]!,
  );
  expect(transpose!.mean - transpose!.sd).toBeGreaterThan(resize!.mean + resize!.sd);
  expect(Math.abs(resize!.mean - real!.mean)).toBeLessThan(1.5);
});

test('what is shown of a picture is what its pixels say', async ({ page }) => {
  await page.goto('embed/4-10/?4.10.picture=face-4');
  const [transpose, resize] = [await ownPeaks(page, 'transpose'), await ownPeaks(page, 'resize')];
  expect(await shownPeak(page, 'transpose')).toBeCloseTo(transpose[0]!, 0.8);
  expect(await shownPeak(page, 'resize')).toBeCloseTo(resize[0]!, 0.8);
  expect(transpose[0]! - resize[0]!).toBeGreaterThan(2);
});

test('the recorded picture, computed here, has the recorded peaks', async ({ page }) => {
  await page.goto('embed/4-10/?4.10.picture=face-4');
  await pixels(tile(page, 'transpose').locator('button'));
  await figure(page)
    .getByRole('radio', { name: nameOf('face-53'), exact: true })
    .check({ force: true });
  for (const kind of ['transpose', 'resize'] as const) {
    await expect
      .poll(async () => (await ownPeaks(page, kind))[0], { timeout: PATIENCE })
      .toBeCloseTo(recorded[kind].peaks[0]!, 0.7);
  }
});

test('flat latents have no picture of their own; the address keeps them, and the drawing’s settings', async ({
  page,
}) => {
  await page.goto('embed/4-10/');
  const cell = figure(page);
  await cell.getByRole('radio', { name: 'flat: all zero' }).check({ force: true });
  await cell.getByRole('slider', { name: 'Kernel' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell.getByRole('img', { name: /reached 2, 2 times: all alike/ })).toBeVisible();
  await expect(page).toHaveURL(/4\.10\.latents=flat.*4\.10\.kernel=4/);
  const before = await ownPeaks(page, 'transpose');
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await expect(cell.locator('.tile')).toHaveCount(3);
  expect(await ownPeaks(page, 'transpose')).toEqual(before);
  await expect(cell.getByRole('slider', { name: 'Kernel' })).toHaveValue('4');
});

test('the loupe goes where the keys send it, the same on every picture', async ({ page }) => {
  await page.goto('embed/4-10/');
  const loupes = figure(page).getByRole('button', { name: /^Loupe on/ });
  await expect(loupes).toHaveCount(4);
  await loupes.first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  for (const loupe of await loupes.all()) await expect(loupe).toHaveAccessibleName(/26 across and 16 down/);
});

test('the drawing needs no model: a touch of it downloads none', async ({ page }) => {
  const weights: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/weights/')) weights.push(request.url());
  });
  await page.goto('embed/4-10/');
  await figure(page).getByRole('slider', { name: 'Stride' }).press('ArrowRight');
  await expect(figure(page).locator('.badge')).toHaveText('live');
  await expect(page).toHaveURL(/4\.10\.stride=3/);
  expect(weights).toEqual([]);
  await figure(page).getByRole('radio', { name: 'random' }).check({ force: true });
  await expect(figure(page).locator('.tile canvas')).toHaveCount(9, { timeout: PATIENCE });
  expect(weights.length).toBeGreaterThan(0);
});
