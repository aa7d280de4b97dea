// Figure 4.8: the cat comes back worse than every face, and worse than from a thumbnail of as many numbers; a face better.
import { THUMBNAIL } from '../../../src/components/figures/4.8-out-of-distribution/figure.ts';
import { throughThumbnail } from '../../../src/components/figures/4.8-out-of-distribution/histogram.ts';
import { decibels } from '../../../src/components/kit/latents/firstStage.ts';
import { bytes, farthest, LatentFigure, readFigure, recordedPicture } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

const recorded = readFigure('4-8').result as { psnr: number };
const study = readFigure('4-8').study as Record<'psnr' | 'thumbnailPsnr', Record<string, number>> & {
  facePsnrs: number[];
  facePsnr: number;
  faceThumbnailPsnr: number;
};

test('the cat comes back worse than every recorded face; recorded is what the page computes', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '4-8').open('4-8');
  expect(await figure.value('psnr')).toBe(recorded.psnr);
  expect(recorded.psnr).toBe(study.psnr['cat']);
  await expect(figure.root.locator('.caption')).toContainText('100 % of 200 test faces');
  await figure.choose('Picture', 'The cup of coffee');
  await figure.settled();
  expect(await figure.value('psnr')).toBeCloseTo(study.psnr['cup']!, 1);
  await figure.choose('Picture', 'The cat');
  await expect(figure.picture(/^The cat, as it comes out/)).toBeVisible();
  await figure.settled();
  const [input, output] = [await figure.pixels(/as it goes in/), await figure.pixels(/as it comes out/)];
  expect(input).toEqual(await recordedPicture('4-8', 0, 4));
  expect(farthest(output, await recordedPicture('4-8', 1, 4))).toBeLessThanOrEqual(2);
  expect(await figure.value('psnr')).toBeCloseTo(decibels(bytes(input), bytes(output)), 9);
  expect(await figure.value('psnr')).toBeLessThan(Math.min(...study.facePsnrs));
});

test('a thumbnail of as many numbers serves photographs better and faces worse', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-8').open('4-8', '?4.8.picture=face-15');
  await figure.settled();
  // The face has its place in the recorded histogram.
  expect(await figure.value('psnr')).toBeCloseTo(study.facePsnrs[15]!, 1);
  const input = bytes(await figure.pixels(/as it goes in/));
  const thumbnail = await figure.pixels(/drawn large: a blur/);
  expect(thumbnail).toEqual([...throughThumbnail(input, THUMBNAIL)]);
  expect(await figure.value('thumbnail-psnr')).toBeCloseTo(decibels(input, bytes(thumbnail)), 9);
  expect(await figure.value('thumbnail-psnr')).toBeLessThan(await figure.value('psnr'));
  expect(THUMBNAIL ** 2 * 3).toBeLessThanOrEqual(256);
  expect(study.faceThumbnailPsnr).toBeLessThan(study.facePsnr);
  for (const [name, value] of Object.entries(study.thumbnailPsnr)) {
    expect(value, name).toBeGreaterThan(study.psnr[name]!);
  }
});
