// Figure 4.2: all six pictures have the wanted error, the measures are those of the pixels, and the order is the reader's.
import type { Page } from '@playwright/test';
import { KINDS } from '../../../src/components/figures/4.2-same-error/distortions.ts';
import { rmse } from '../../../src/components/figures/4.2-same-error/equalError.ts';
import { ERROR, FACES, SIZE } from '../../../src/components/figures/4.2-same-error/figure.ts';
import { luma, ssim } from '@noisebook/ldm/numbers';
import { LatentFigure, readFigure, recordedPicture } from '../lib/latentFigures.ts';
import { pixels } from '../lib/pixels.ts';
import { expect, PATIENCE, test } from '../lib/site.ts';

const recorded = readFigure('4-2') as {
  result: { measured: { kind: string; error: number; ssim: number }[] };
  study: { faces: Record<string, { most: number }> };
};
const { measured } = recorded.result;
const { faces } = recorded.study;
const open = (page: Page, query = '') => new LatentFigure(page, '4-2').open('4-2', query);
const error = (page: Page) => page.getByRole('slider', { name: 'Error (RMSE, of 255)' });
const tile = (page: Page, kind: string) => page.locator(`[data-kind=${kind}]`);
const whole = (page: Page) => page.getByRole('img', { name: /^The original/ }).locator('canvas');
const written = (page: Page) =>
  Promise.all(KINDS.map(async (kind) => Number(await tile(page, kind).locator('.error').innerText())));

test('the recorded pictures have equal errors', async () => {
  const [original, ...harmed] = await Promise.all(
    [0, 1, 2, 3, 4, 5, 6].map((i) => recordedPicture('4-2', i, 8, SIZE)),
  );
  for (const picture of harmed) {
    expect(Math.abs(rmse(original!, picture) / ERROR.start - 1)).toBeLessThan(0.002);
  }
});

for (const { face, wanted } of [
  { face: FACES[0], wanted: 7.5 },
  { face: FACES[4], wanted: faces[FACES[4]]!.most },
]) {
  test(`all six pictures of face ${face} have an error of ${wanted}, to far less than 1 %`, async ({
    page,
  }) => {
    await open(page, `?4.2.face=${face}&4.2.error=${wanted}`);
    await expect.poll(() => whole(page).count(), { timeout: PATIENCE }).toBe(1);
    const original = await pixels(whole(page));
    const errors = await written(page);
    const seen = new Set<string>();
    for (const [i, kind] of KINDS.entries()) {
      const picture = await pixels(tile(page, kind).locator('canvas'));
      const found = rmse(original, picture);
      expect(Math.abs(found / wanted - 1), kind).toBeLessThan(0.01);
      expect(errors[i], kind).toBeCloseTo(found, 2);
      seen.add(Buffer.from(picture).toString('latin1'));
    }
    expect(seen.size).toBe(KINDS.length);
  });
}

test('the slider ends where one harm reaches no further, and goes on working', async ({ page }) => {
  await open(page);
  await error(page).focus();
  await page.keyboard.press('End');
  const { most } = faces[FACES[0]]!;
  await expect(error(page)).toHaveValue(String(most));
  await expect
    .poll(async () => (await written(page)).every((value) => Math.abs(value / most - 1) < 0.01), {
      timeout: PATIENCE,
    })
    .toBe(true);
  await page.keyboard.press('Home');
  await expect
    .poll(async () => (await written(page)).every((value) => Math.abs(value / 2 - 1) < 0.01), {
      timeout: PATIENCE,
    })
    .toBe(true);
});

test('ranking by keyboard, the measures, and an address that brings all back', async ({ page }) => {
  await open(page);
  for (const kind of ['noise', 'eye', 'blur', 'corner']) {
    await tile(page, kind).getByRole('button').focus();
    await page.keyboard.press('Enter');
  }
  await expect(tile(page, 'blur').getByRole('button')).toHaveAccessibleName('blurred 3 in your order');
  await tile(page, 'eye').getByRole('button').click();
  await expect(tile(page, 'blur').getByRole('button')).toHaveAccessibleName('blurred 2 in your order');
  await page.getByText('What three measures say').click();
  const row = (kind: string) =>
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: kind, exact: true }) });
  await expect(row('blurred').getByRole('cell').first()).toHaveText('2');
  // The measures are those of the pixels.
  await expect.poll(() => whole(page).count(), { timeout: PATIENCE }).toBe(1);
  const [a, b] = [await pixels(whole(page)), await pixels(tile(page, 'noise').locator('canvas'))];
  const alike = ssim(luma(a), luma(b), SIZE, SIZE);
  await expect(row('noise added').getByRole('cell').nth(2)).toHaveText((1 - alike).toFixed(3));
  // noise, blur, corner: SSIM says the same, and so does the loss.
  await expect(page.getByText(/^Your order and SSIM’s agree to 1\.00/)).toBeVisible();
  await expect.poll(() => page.url()).toContain('4.2.measures=1');
  await page.reload();
  await expect(tile(page, 'blur').getByRole('button')).toHaveAccessibleName('blurred 2 in your order');
  await expect(page.getByText(/^Your order and SSIM’s agree to 1\.00/)).toBeVisible();
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect(tile(page, 'blur').getByRole('button')).toHaveAccessibleName('blurred not in your order yet');
});

test('what was recorded is what is computed live', async ({ page }) => {
  await open(page, '?4.2.measures=1&4.2.order=0');
  await expect.poll(() => whole(page).count(), { timeout: PATIENCE }).toBe(1);
  const original = await pixels(whole(page));
  for (const { kind, ssim: expected } of measured) {
    const picture = await pixels(tile(page, kind).locator('canvas'));
    expect(ssim(luma(original), luma(picture), SIZE, SIZE), kind).toBeCloseTo(expected, 2);
  }
});
