// Figure 4.9: noise and a shuffle have the numbers of a face and decode to none; what is shown is what can be counted.
import { noiseLatents, SEED, statistics } from '../../../src/components/figures/4.9-decode-noise/figure.ts';
import { distanceToFaces } from '../../../tools/lib/latentRecording.ts';
import { farthest, LatentFigure, readFigure, recordedPicture } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

type Card = { readonly latents: number[]; readonly again: number };
const recorded = readFigure('4-9').result as Record<'face' | 'noise' | 'shuffled', Card>;
const study = readFigure('4-9').study as Record<string, number[]> & { training: number; sample: Card };
const seed = (figure: LatentFigure) =>
  figure.root.getByRole('spinbutton', { name: 'Seed of noise and shuffle' });
/** The four columns of the CSV: face, noise, shuffled, sample. */
const columns = async (figure: LatentFigure): Promise<number[][]> => {
  const rows = (await figure.csv()).slice(1);
  return [2, 3, 4, 5].map((i) => rows.map((row) => Number(row[i])));
};
const shown = (figure: LatentFigure, card: string) =>
  figure.root.getByRole('group', { name: card, exact: true }).locator('td').allInnerTexts();
const written = (latents: ArrayLike<number>): string[] => {
  const { channels } = statistics(latents);
  const sign = (x: number) => (Number(x.toFixed(2)) === 0 ? '' : x < 0 ? '−' : '+');
  return [
    ...channels.map(({ mean }) => `${sign(mean)}${Math.abs(mean).toFixed(2)}`),
    ...channels.map(({ std }) => std.toFixed(2)),
  ];
};

test('mean, spread and neighbours shown are those of the numbers; a shuffle keeps all but the neighbours', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '4-9').open('4-9');
  await seed(figure).fill('21');
  await figure.settled();
  const [face, noise, shuffled] = await columns(figure);
  expect(farthest(noise!, [...noiseLatents(21, 1)])).toBe(0);
  expect(await shown(figure, 'noise')).toEqual(written(noise!));
  expect(await shown(figure, 'a face')).toEqual(written(face!));
  expect(await shown(figure, 'the face, shuffled')).toEqual(written(face!));
  expect([...shuffled!].sort((a, b) => a - b)).toEqual([...face!].sort((a, b) => a - b));
  expect(shuffled).not.toEqual(face);
  for (const [i, latents] of [face!, noise!, shuffled!].entries()) {
    expect(await figure.value('neighbours', i)).toBeCloseTo(statistics(latents).neighbours, 9);
  }
  expect(await figure.value('neighbours', 0)).toBeGreaterThan(0.2);
  await figure.slider(/^Temperature/).fill('0.5');
  await figure.settled();
  expect(await shown(figure, 'noise')).toEqual(written(noiseLatents(21, 0.5)));
  await figure.slider(/^Temperature/).focus();
  await page.keyboard.press('Home');
  await figure.settled();
  await expect(figure.root.getByTestId('neighbours').nth(1)).toHaveText('–');
});

test('decoded noise is farther from faces than test faces are, and does not survive another turn', async ({
  page,
}) => {
  expect(study['noiseDistance']![0]).toBeGreaterThan(study['faceDistance']![2]!);
  expect(study['noiseAgain']![2]).toBeLessThan(study['faceAgain']![0]!);
  const distance = distanceToFaces(study.training);
  const figure = await new LatentFigure(page, '4-9').open('4-9');
  // Seeds beyond those of the recording.
  for (const fresh of ['101', '102', '103']) {
    await seed(figure).fill(fresh);
    await expect(figure.root.getByText(`seed ${fresh}`)).toBeVisible();
    await figure.settled();
    const picture = Uint8ClampedArray.from(await figure.pixels(/^Decoded noise/));
    expect(distance(picture), `seed ${fresh}`).toBeGreaterThan(study['faceDistance']![2]!);
    expect(await figure.value('again', 1), `seed ${fresh}`).toBeLessThan(study['faceAgain']![0]!);
  }
  expect(await figure.value('again', 0)).toBeGreaterThanOrEqual(study['faceAgain']![0]!);
  // The diffusion model's sample is closer, in both senses.
  const sample = Uint8ClampedArray.from(await recordedPicture('4-9', 3, 4));
  expect(distance(sample)).toBeLessThan(study['noiseDistance']![0]!);
  expect(study.sample.again).toBeGreaterThan(study['noiseAgain']![2]! + 5);
});

test('what is recorded is what the page computes; a link gives the same', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-9').open('4-9');
  await expect(figure.badge).toHaveText('recorded');
  expect(await figure.value('again', 1)).toBe(recorded.noise.again);
  await seed(figure).fill('1');
  await figure.settled();
  await figure.choose('Face', 'Face 1');
  await figure.settled();
  await seed(figure).fill(String(SEED));
  await figure.settled();
  await figure.choose('Face', 'Face 10');
  await figure.settled();
  const names = [/^Face 10, decoded/, /^Decoded noise/, /^The decoded shuffle/];
  for (const [i, name] of names.entries()) {
    expect(farthest(await figure.pixels(name), await recordedPicture('4-9', i, 4))).toBeLessThanOrEqual(2);
    expect(await figure.value('again', i)).toBeCloseTo(
      [recorded.face, recorded.noise, recorded.shuffled][i]!.again,
      0,
    );
  }
  expect(farthest((await columns(figure))[1]!, recorded.noise.latents)).toBeLessThan(0.001);

  await figure.open('4-9', '?4.9.seed=8&4.9.temperature=0.7&4.9.face=face-15');
  await figure.settled();
  await expect(seed(figure)).toHaveValue('8');
  await expect(figure.slider(/^Temperature/)).toHaveAttribute('aria-valuetext', '× 0.70');
  await expect(figure.picture(/^Face 16, decoded/)).toBeVisible();
  expect(farthest((await columns(figure))[1]!, [...noiseLatents(8, 0.7)])).toBeLessThan(1e-6);
});
