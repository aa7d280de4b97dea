// Figure 1.2: its curves and numbers are the library's; one cursor for chart, slider and pointer; what is left is shown.
import { moments } from '@noisebook/ldm/numbers';
import { curves } from '../../../src/components/figures/1.2-schedules/figure.ts';
import { readingAt, schedules } from '../../../src/components/figures/1.2-schedules/schedules.ts';
import { LatentFigure } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

test('curves and numbers are those of the library, and the last column shows what is left', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '1-2').open('1-2');
  const rows = await figure.csv();
  expect(rows.length).toBe(1001);
  for (const t of [0, 137, 500, 999]) {
    const expected = curves.flatMap((curve) => {
      const { alpha, sigma, logSnr } = readingAt(curve, t);
      return [alpha, sigma, logSnr];
    });
    const written = rows[t + 1]!.slice(1).map((cell) => (cell.includes('inf') ? -Infinity : Number(cell)));
    expect(written.length).toBe(expected.length);
    // The logarithm's last bit is each engine's own.
    written.forEach((number, i) => {
      if (Number.isFinite(expected[i])) expect(number).toBeCloseTo(expected[i]!, 12);
      else expect(number).toBe(expected[i]);
    });
  }
  // The drawn line of the chosen schedule, at its own points.
  for (const [i, { name }] of schedules.entries()) {
    await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
    for (const part of ['signal', 'noise'] as const) {
      const d = (await page.locator(`path.line.${part}.focus`).getAttribute('d')) ?? '';
      const points = d.slice(1).split('L');
      expect(points.length).toBeGreaterThan(100);
      for (const point of points) {
        const [x, y] = point.split(' ').map(Number);
        const reading = readingAt(curves[i]!, Math.round((x! / 100) * 999));
        expect(Math.abs(1 - y! / 100 - reading[part === 'signal' ? 'alpha' : 'sigma'])).toBeLessThan(2e-4);
      }
    }
    const left = page.locator(`[data-left=${schedules[i]!.id}]`);
    expect(Number(await left.getAttribute('data-value'))).toBe(readingAt(curves[i]!, 999).alpha);
  }
  await expect(page.locator('[data-left=scaled]')).toHaveText('0.0683');
  await expect(page.locator('[data-left=zero]')).toHaveText('0');
});

test('what is left: a picture under Stable Diffusion’s schedule, plain grey under zero terminal SNR', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '1-2').open('1-2', '?t=500');
  const canvases = figure.root.locator('.rest canvas');
  await expect(canvases).toHaveCount(4);
  const left = await canvases.all();
  const spread = async (row: number) => {
    const data = await left[row]!.evaluate((canvas) => [
      ...(canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, 64, 64).data,
    ]);
    return moments(data.filter((_, i) => i % 4 !== 3)).variance;
  };
  await expect.poll(() => spread(1)).toBeGreaterThan(300);
  expect(await spread(3)).toBe(0);
  expect(await spread(0)).toBeLessThan(0.05 * (await spread(1)));
});

test('one cursor: on the curves, by keys and by pointer, and with the slider; a link keeps it', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '1-2').open('1-2');
  // The first touch makes the figure live; the focus stays where it is.
  await page.getByRole('radio', { name: /^Cosine/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /^Zero terminal SNR/ })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('radio', { name: /^Cosine/ })).toBeFocused();
  const t = figure.slider('Timestep t');
  const cursor = page.getByRole('slider', { name: 'Cursor on the curves' });
  await cursor.focus();
  await page.keyboard.press('End');
  await expect(t).toHaveValue('999');
  await expect(cursor).toHaveAttribute('aria-valuetext', /^t = 999, Cosine: picture 0\.000, noise 1\.000/);
  await page.keyboard.press('Home');
  await expect(t).toHaveValue('0');
  const box = (await cursor.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 40);
  // The pointer reads without moving t.
  await expect(figure.root.locator('.row.focus .numbers')).toContainText(/0\.7(0|1)\d\s*0\.7(0|1)\d/);
  await expect(t).toHaveValue('0');
  await page.mouse.down();
  await page.mouse.up();
  await expect(t).toHaveValue(/^(49|50)\d$/);
  await page.getByRole('radio', { name: 'Log SNR' }).check();
  await page.getByRole('radio', { name: /^Linear/ }).check();
  await expect(page).toHaveURL(/1\.2\.view=logSnr/);
  await expect(page).toHaveURL(/1\.2\.focus=linear/);
  const before = await t.inputValue();
  await page.reload();
  await expect(t).toHaveValue(before);
  await expect(page.getByRole('radio', { name: 'Log SNR' })).toBeChecked();
  await expect(page.getByRole('radio', { name: /^Linear/ })).toBeChecked();
  await expect(page.locator('path.line.snr')).toHaveCount(4);
});
