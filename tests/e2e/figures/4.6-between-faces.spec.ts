// Figure 4.6: both ways lead from face to face, the walk stays closer to faces than the fade, and still leaves them.
import { farthest, LatentFigure, readFigure } from '../lib/latentFigures.ts';
import { expect, test } from '../lib/site.ts';

/** Two backends may round a byte up and down. */
const ONE_LEVEL = 1;
const recorded = readFigure('4-6') as {
  result: { errors: { fade: number[] } };
  study: Record<'faceError' | 'pairs' | 'fade' | 'lerp' | 'slerp' | 'lerpBetter', number>;
};
const at = (figure: LatentFigure) => figure.slider('Way from A to B').first();
const fadeTile = /from A to B, faded/;
const walkTile = /from A to B, walked/;

test('both ways begin and end with the reconstructions; half way the fade is their mean', async ({
  page,
}) => {
  const ends: number[][] = [];
  const autoencoder = new LatentFigure(page, '4-3');
  for (const face of ['face-27', 'face-59']) {
    await autoencoder.open('4-3', `?4.3.picture=${face}`);
    await autoencoder.settled();
    ends.push(await autoencoder.pixels(/as it comes out/));
  }
  const figure = await new LatentFigure(page, '4-6').open('4-6');
  for (const [end, place] of ['0', '1'].entries()) {
    await at(figure).fill(place);
    await figure.settled();
    await expect(figure.picture(new RegExp(`^${Number(place) * 100}\\s% of the way`)).first()).toBeVisible();
    expect(farthest(await figure.pixels(fadeTile), ends[end]!)).toBeLessThanOrEqual(ONE_LEVEL);
    expect(farthest(await figure.pixels(walkTile), ends[end]!)).toBeLessThanOrEqual(ONE_LEVEL);
  }
  await at(figure).fill('0.5');
  await figure.settled();
  const mean = ends[0]!.map((x, i) => (x + ends[1]![i]!) / 2);
  expect(farthest(await figure.pixels(fadeTile), mean)).toBeLessThanOrEqual(1.5);
  expect(farthest(await figure.pixels(walkTile), mean)).toBeGreaterThan(40);
});

test('what is recorded is what the page measures', async ({ page }) => {
  const figure = await new LatentFigure(page, '4-6').open('4-6');
  await expect(figure.badge).toHaveText('recorded');
  const before = await figure.csv();
  expect(before.slice(1).map((row) => Number(row[1]))).toEqual(
    recorded.result.errors.fade.map((x) => Number(x.toFixed(2))),
  );
  await figure.root.getByRole('radio', { name: 'along an arc' }).focus();
  await page.keyboard.press('Space');
  await figure.settled();
  const arc = await figure.csv();
  await figure.root.getByRole('radio', { name: 'along an arc' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(figure.root.getByRole('radio', { name: 'straight' })).toBeChecked();
  await figure.settled();
  const live = await figure.csv();
  const column = (rows: string[][], i: number) => rows.slice(1).map((row) => Number(row[i]));
  expect(farthest(column(live, 1), column(before, 1))).toBeLessThan(0.3);
  expect(farthest(column(live, 2), column(before, 2))).toBeLessThan(0.3);
  // Another way has other pictures in between, and the same fade.
  expect(farthest(column(arc, 2), column(live, 2))).toBeGreaterThan(0.5);
  expect(farthest(column(arc, 1), column(live, 1))).toBeLessThan(0.01);
});

test('a walk stays closer to faces than a fade, but leaves them too: in the recording and for another pair', async ({
  page,
}) => {
  const { study } = recorded;
  expect(study.lerp).toBeLessThan(study.fade);
  expect(study.slerp).toBeLessThan(study.fade);
  expect(study.lerp).toBeGreaterThan(study.faceError);
  expect(study.lerpBetter).toBeGreaterThan(study.pairs * 0.9);
  const query = '?4.6.a=face-10&4.6.b=face-50&4.6.at=0.25&4.6.way=slerp';
  const figure = await new LatentFigure(page, '4-6').open('4-6', query);
  await figure.settled();
  await expect(figure.root.getByRole('radio', { name: 'along an arc' })).toBeChecked();
  await expect(at(figure)).toHaveAttribute('aria-valuetext', '25\u00a0%');
  const middle = (await figure.csv())[5]!.map(Number);
  expect(middle[0]).toBe(0.5);
  expect(middle[2]).toBeLessThan(middle[1]!);
  await at(figure).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/4\.6\.a=face-10&4\.6\.b=face-50&4\.6\.at=0\.275&4\.6\.way=slerp/);
  await figure.settled();
  const walked = await figure.pixels(walkTile);
  await page.reload();
  await figure.settled();
  expect(farthest(await figure.pixels(walkTile), walked)).toBeLessThanOrEqual(ONE_LEVEL);
});

test('pressing a picture of a strip, or the chart, sets the slider; the cursor stands where it is', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '4-6').open('4-6');
  const strips = figure.root.locator('.scrub-strip');
  await expect(strips).toHaveCount(2);
  const { width, height } = (await strips.last().boundingBox())!;
  await strips.last().click({ position: { x: (width * 7.5) / 9, y: height / 2 } });
  await expect(at(figure)).toHaveAttribute('aria-valuetext', '88\u00a0%');
  const chart = figure.slider(/Arrow keys move the cursor/);
  await expect(chart).toHaveAttribute(
    'aria-valuetext',
    /^way from A to B 0\.875: fade [\d.]+, walk [\d.]+, faces/,
  );
  await chart.press('Home');
  await expect(at(figure)).toHaveAttribute('aria-valuetext', '0\u00a0%');
  // Half way along its axis, which ends before the names of the lines or the edge.
  const line = figure.root.locator('.chart .line');
  const start = (await line.boundingBox())!.x;
  await chart.press('End');
  await expect(at(figure)).toHaveAttribute('aria-valuetext', '100\u00a0%');
  const end = (await line.boundingBox())!.x;
  const box = (await chart.boundingBox())!;
  await page.mouse.click((start + end) / 2, box.y + box.height / 2);
  await expect(at(figure)).toHaveAttribute('aria-valuetext', '50\u00a0%');
});
