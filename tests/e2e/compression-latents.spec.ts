// Figures 4.4 and 4.6: what each claims is so, with the shipped first stage; links, keys, recorded = live.
import { placeOf } from '../../src/components/kit/pictures/latentGrid.ts';
import { countAbove, differenceMap } from '@noisebook/ldm/numbers';
import { farthest, LatentFigure, readRecorded, recordedPicture } from './lib/latentFigures.ts';
import { expect, test } from './lib/site.ts';

/** The middle of a latent number on the screen, for one channel's box. */
const middleOf = (box: Record<'x' | 'y' | 'width' | 'height', number>, column: number, row: number) =>
  [box.x + (box.width * (column + 0.5)) / 8, box.y + (box.height * (row + 0.5)) / 8] as const;
/** Two backends may round a byte up and down. */
const ONE_LEVEL = 1;

test.describe('4.4 poke a latent', () => {
  const recorded = readRecorded('4-4') as { changedPixels: number; threshold: number; cell: number };
  const change = (figure: LatentFigure) => figure.slider('Change of this number');
  const before = /decoded before the change/;
  const after = /decoded from the changed latents/;

  test('what is recorded is what the page computes', async ({ page }) => {
    const figure = await new LatentFigure(page, '4-4').open('4-4');
    await expect(figure.badge).toHaveText('recorded');
    expect(await figure.value('changed')).toBe(recorded.changedPixels);
    await change(figure).fill('1');
    await figure.settled();
    await change(figure).fill('3');
    await figure.settled();
    const [from, to] = [await figure.pixels(before), await figure.pixels(after)];
    expect(farthest(from, await recordedPicture('4-4', 0, 3))).toBeLessThanOrEqual(ONE_LEVEL);
    expect(farthest(to, await recordedPicture('4-4', 1, 3))).toBeLessThanOrEqual(ONE_LEVEL);
    expect(await figure.value('changed')).toBe(countAbove(differenceMap(from, to), recorded.threshold));
    expect(Math.abs((await figure.value('changed')) - recorded.changedPixels)).toBeLessThan(12);
  });

  test('a number moves the pixels near it most, and more of them than its own square has', async ({
    page,
  }) => {
    const figure = await new LatentFigure(page, '4-4').open('4-4');
    await figure.root.getByRole('button', { name: 'Undo all' }).click();
    const grid = { side: 8, channels: 4, columns: 2 };
    let larger = 0;
    const cells = [recorded.cell, (1 * 8 + 4) * 4, (4 * 8 + 4) * 4 + 3, (6 * 8 + 2) * 4, (3 * 8 + 5) * 4 + 1];
    for (const cell of cells) {
      await figure.open('4-4', `?4.4.number=${cell}&4.4.change=${cell}.20`);
      await figure.settled();
      const map = differenceMap(await figure.pixels(before), await figure.pixels(after));
      const { row, column } = placeOf(cell, grid);
      const sums = { near: 0, nearCount: 0, far: 0, farCount: 0 };
      map.forEach((moved, p) => {
        const [y, x] = [Math.floor(p / 64 / 8), Math.floor((p % 64) / 8)];
        const near = Math.abs(y - row) <= 1 && Math.abs(x - column) <= 1;
        sums[near ? 'near' : 'far'] += moved;
        sums[near ? 'nearCount' : 'farCount']++;
      });
      expect(sums.near / sums.nearCount, `cell ${cell}`).toBeGreaterThan((4 * sums.far) / sums.farCount);
      if (countAbove(map, recorded.threshold) > 64) larger++;
    }
    expect(larger).toBeGreaterThanOrEqual(4);
  });

  test('answers while the slider moves, and does not queue', async ({ page }) => {
    const figure = await new LatentFigure(page, '4-4').open('4-4');
    await change(figure).fill('0.5');
    await figure.settled();
    const canvas = figure.picture(after).locator('canvas');
    const milliseconds = await change(figure).evaluate(
      async (input: HTMLInputElement, drawn) => {
        const picture = drawn as HTMLCanvasElement;
        const print = () => picture.getContext('2d')!.getImageData(0, 0, 64, 64).data.join();
        const times: number[] = [];
        for (let i = 1; i <= 12; i++) {
          const last = print();
          const begin = performance.now();
          input.value = String(i % 2 === 0 ? -i / 4 : i / 4);
          input.dispatchEvent(new Event('input', { bubbles: true }));
          while (print() === last && performance.now() - begin < 5000) {
            await new Promise((next) => setTimeout(next, 4));
          }
          times.push(performance.now() - begin);
        }
        return times.sort((a, b) => a - b)[6]!;
      },
      await canvas.elementHandle(),
    );
    // 300 ms are promised on a quiet machine; a busy one gets twice that.
    expect(milliseconds).toBeLessThan(600);
    // Ten events at once are one or two answers, not ten: the last one counts.
    await change(figure).evaluate((input: HTMLInputElement) => {
      for (let i = 0; i < 10; i++) {
        input.value = String(4 - i / 10);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    const begin = Date.now();
    await expect(page).toHaveURL(/4\.4\.change=109\.31/);
    await figure.settled();
    expect(Date.now() - begin).toBeLessThan(3000);
  });

  test('undo, keys, links and somebody’s nonsense in the address', async ({ page }) => {
    const figure = await new LatentFigure(page, '4-4').open('4-4');
    const grid = figure.slider(/^Latents of/);
    await grid.focus();
    await page.keyboard.press('ArrowLeft');
    await expect(grid).toHaveAttribute('aria-valuetext', /^channel 2, row 4, column 3/);
    await figure.root.getByRole('button', { name: 'One down' }).click();
    await expect(grid).toHaveAttribute('aria-valuetext', /^channel 2, row 5, column 3/);
    const box = (await grid.locator('[data-channel="2"]').boundingBox())!;
    await page.mouse.click(...middleOf(box, 7, 1));
    await expect(grid).toHaveAttribute('aria-valuetext', /^channel 3, row 2, column 8/);
    await page.mouse.click(...middleOf((await grid.locator('[data-channel="1"]').boundingBox())!, 2, 4));
    await expect(grid).toHaveAttribute('aria-valuetext', /^channel 2, row 5, column 3/);
    await change(figure).focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    await expect(change(figure)).toHaveAttribute('aria-valuetext', '+0.5 std');
    await figure.settled();
    const cell = (4 * 8 + 2) * 4 + 1;
    await expect(page).toHaveURL(new RegExp(`4\\.4\\.number=${cell}&4\\.4\\.change=109\\.30_${cell}\\.5`));
    const changed = await figure.value('changed');
    await page.reload();
    await figure.settled();
    expect(await figure.value('changed')).toBe(changed);
    await figure.root.getByRole('button', { name: 'Undo this number' }).click();
    await expect(page).toHaveURL(new RegExp(`4\\.4\\.number=${cell}(&|$)`));
    await figure.root.getByRole('button', { name: 'Undo all' }).click();
    await expect.poll(() => figure.value('changed')).toBe(0);
    expect(await figure.pixels(after)).toEqual(await figure.pixels(before));

    await figure.open('4-4', '?4.4.number=99999&4.4.change=999.99_x_3.77__&4.4.face=cat');
    await expect(figure.root.getByText(/no usable 4\.4\.face/)).toBeVisible();
    await change(figure).fill('2');
    await figure.settled();
    expect(await figure.value('changed')).toBeGreaterThan(0);
  });
});

test.describe('4.6 between faces', () => {
  const recorded = readRecorded('4-6') as {
    fadeErrors: number[];
    walkErrors: number[];
    study: { pairs: number; fade: number; lerp: number; slerp: number; lerpBetter: number };
    faceError: number;
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
      await expect(figure.picture(new RegExp(`^${Number(place) * 100}% of the way`)).first()).toBeVisible();
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
      recorded.fadeErrors.map((x) => Number(x.toFixed(2))),
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
    const { study, faceError } = recorded;
    expect(study.lerp).toBeLessThan(study.fade);
    expect(study.slerp).toBeLessThan(study.fade);
    expect(study.lerp).toBeGreaterThan(faceError);
    expect(study.lerpBetter).toBeGreaterThan(study.pairs * 0.9);
    const query = '?4.6.a=face-10&4.6.b=face-50&4.6.at=0.25&4.6.way=slerp';
    const figure = await new LatentFigure(page, '4-6').open('4-6', query);
    await figure.settled();
    await expect(figure.root.getByRole('radio', { name: 'along an arc' })).toBeChecked();
    await expect(at(figure)).toHaveAttribute('aria-valuetext', '25%');
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
});

test('without scripts every one of them shows its recorded result', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL && { baseURL }) });
  const page = await context.newPage();
  const counts = { '4-3': 3, '4-4': 3, '4-6': 20, '4-8': 4 };
  for (const [figure, pictures] of Object.entries(counts)) {
    await page.goto(`embed/${figure}/`);
    const sprites = page.locator('figure [role=img] > img');
    await expect(sprites).toHaveCount(pictures);
    for (const sprite of await sprites.all()) {
      expect(await sprite.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    }
  }
  await context.close();
});
