// Figure 4.3: what it says of a picture is true of the pixels it shows; its latents can be read by key and by pointer.
import sharp from 'sharp';
import { RANGE } from '../../../src/components/figures/4.3-autoencoder/figure.ts';
import { decibels } from '../../../src/components/kit/latents/firstStage.ts';
import { magnitudeImage } from '../../../src/components/kit/pictures/magnitude.ts';
import { differenceMap } from '@noisebook/ldm/numbers';
import { testFace } from '../../../tools/lib/latentRecording.ts';
import { bytes, farthest, LatentFigure, readFigure, recordedPicture } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

/** Two backends may round a byte up and down. */
const ONE_LEVEL = 1;

test('what is recorded is what the page computes, with nothing of the model but its first stage', async ({
  page,
}) => {
  const recorded = readFigure('4-3').result as { psnr: number; latents: number[] };
  const weights = new Set<string>();
  page.on('request', (request) => {
    const [, path] = /\/weights\/(.+)$/.exec(request.url()) ?? [];
    if (path !== undefined) weights.add(path);
  });
  const figure = await new LatentFigure(page, '4-3').open('4-3');
  expect(await figure.value('psnr')).toBe(recorded.psnr);
  await figure.choose('Test face', 'Face 9');
  await figure.settled();
  await figure.choose('Test face', 'Face 4');
  await expect(figure.picture(/^Face 4, as it comes out/)).toBeVisible();
  await figure.settled();
  expect(await figure.value('psnr')).toBeCloseTo(recorded.psnr, 1);
  expect(await figure.pixels(/as it goes in/)).toEqual(await recordedPicture('4-3', 0, 3));
  const out = await figure.pixels(/as it comes out/);
  expect(farthest(out, await recordedPicture('4-3', 1, 3))).toBeLessThanOrEqual(ONE_LEVEL);
  const latents = (await figure.csv()).slice(1).map((row) => Number(row[3]));
  expect(farthest(latents, recorded.latents)).toBeLessThan(0.01);
  expect([...weights].sort()).toEqual([
    'faces-64/manifest.json',
    'faces-64/vae/config.json',
    'faces-64/vae/diffusion_pytorch_model.safetensors',
  ]);
});

test('the PSNR shown is that of the two pictures, the map is their difference', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-3').open('4-3');
  const check = async () => {
    await figure.settled();
    const input = bytes(await figure.pixels(/as it goes in/));
    const output = bytes(await figure.pixels(/as it comes out/));
    expect(await figure.value('psnr')).toBeCloseTo(decibels(input, output), 9);
    await expect(figure.root.getByTestId('psnr')).toHaveText(`${decibels(input, output).toFixed(1)} dB`);
    const map = await figure.pixels(/^Map of the differences/);
    expect(map).toEqual([...magnitudeImage(differenceMap(input, output), RANGE)]);
    return { input, psnr: decibels(input, output) };
  };
  await figure.choose('Test face', 'Face 13');
  const known = await check();
  expect([...known.input]).toEqual([...testFace(12)]);
  // A face that was drawn here and now, and the claim: it comes back about as well as faces do.
  await figure.root.getByRole('spinbutton', { name: 'New face, from a seed' }).fill('5');
  await expect(figure.picture(/^New face 5, as it goes in/)).toBeVisible();
  const drawn = await check();
  expect(farthest([...drawn.input], [...known.input])).toBeGreaterThan(50);
  expect(drawn.psnr).toBeGreaterThan(24);
});

test('keys and the pointer read the latents', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-3').open('4-3', '?4.3.picture=new&4.3.seed=77');
  await figure.settled();
  const latents = (await figure.csv()).slice(1).map((row) => Number(row[3]));
  const grid = figure.slider(/^Latents of/);
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  const shown = Math.abs(latents[(1 * 8 + 1) * 4]!).toFixed(2);
  await expect(grid).toHaveAttribute(
    'aria-valuetext',
    new RegExp(`^channel 1, row 2, column 2: .?${shown}$`),
  );
  await page.keyboard.press('End');
  await expect(grid).toHaveAttribute('aria-valuetext', /^channel 2, row 2, column 8/);
  // The pointer reads too: row 7, column 1 of channel 4.
  const box = (await grid.locator('[data-channel="3"]').boundingBox())!;
  await page.mouse.move(box.x + box.width / 16, box.y + (box.height * 6.5) / 8);
  const under = Math.abs(latents[(6 * 8 + 0) * 4 + 3]!).toFixed(2);
  await expect(figure.root.locator('.readout')).toHaveText(
    new RegExp(`^channel 4, row 7, column 1: .?${under}$`),
  );
});

test('pointing at a place of one picture outlines it in all, and moves nothing', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-3').open('4-3');
  const outlines = figure.root.locator('.place-outline');
  await expect(outlines).toHaveCount(0);
  const { height } = (await figure.root.boundingBox())!;
  const input = (await figure.picture(/as it goes in/).boundingBox())!;
  await page.mouse.move(input.x + (input.width * 4.5) / 8, input.y + (input.height * 2.5) / 8);
  // Three pictures and four channels of latents.
  await expect(outlines).toHaveCount(7);
  await expect(figure.root.locator('.readout')).toHaveText(/^row 3, column 5: /);
  const output = (await figure.picture(/as it comes out/).boundingBox())!;
  const outlined = (await outlines.nth(5).boundingBox())!;
  expect(outlined.x - output.x).toBeCloseTo((output.width * 4) / 8, 0);
  expect(outlined.y - output.y).toBeCloseTo((output.height * 2) / 8, 0);
  expect((await figure.root.boundingBox())!.height).toBe(height);
});

test('takes the reader’s own picture', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-3').open('4-3');
  const face = testFace(40);
  const buffer = await sharp(face, { raw: { width: 64, height: 64, channels: 4 } })
    .png()
    .toBuffer();
  await figure.root
    .locator('input[type=file]')
    .setInputFiles({ name: 'mine.png', mimeType: 'image/png', buffer });
  await expect(figure.picture(/^Your picture, as it goes in/)).toBeVisible();
  await figure.settled();
  expect(await figure.pixels(/as it goes in/)).toEqual([...face]);
  const own = await figure.value('psnr');
  await figure.choose('Test face', 'Face 41');
  await expect(figure.picture(/^Face 41, as it goes in/)).toBeVisible();
  await figure.settled();
  expect(await figure.value('psnr')).toBeCloseTo(own, 9);
});
