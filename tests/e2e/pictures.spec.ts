// Pictures that figures start from: the site's own, pixel for pixel, and the reader's, whatever they choose.
import type { Locator, Page } from '@playwright/test';
import { newFace } from '../../src/components/figures/4.3-autoencoder/figure.ts';
import { renderFace } from '../../src/datasets/faces.ts';
import { readPicture } from '../../tools/lib/pictures.ts';
import { rasterize } from '../../tools/lib/rasterize.ts';
import { badFiles, goodFiles, type PictureFile } from './lib/pictureFiles.ts';
import { expect, PATIENCE, test } from './lib/site.ts';

/** Figure 1.1 at t = 0, where its first tile is the picture itself (times 0.9996). */
async function openNoise(page: Page, query = 't=0'): Promise<Locator> {
  await page.goto(`embed/1-1/?${query}`);
  const figure = page.locator('#fig-1-1[data-ready]');
  await expect(figure.getByText('live', { exact: true })).toBeVisible();
  return figure;
}
const picker = (figure: Locator): Locator => figure.getByRole('radiogroup', { name: 'Picture' });
const upload = (figure: Locator): Locator => figure.locator('input[type=file]');
const said = (figure: Locator): Locator => figure.locator('.picker').getByRole('status');
const shown = (figure: Locator, name: string): Locator =>
  figure.getByRole('img', { name: `${name}, faded to 100 percent` });

/** RGBA of a canvas, or of the canvas in an element. */
const pixelsOf = (element: Locator): Promise<number[]> =>
  element.evaluate((node) => {
    const canvas = node instanceof HTMLCanvasElement ? node : node.querySelector('canvas')!;
    return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
  });

/** Mean colours of the left and the right half of a square of RGBA bytes. */
function meanOfHalves(rgba: readonly number[]): [number[], number[]] {
  const side = Math.sqrt(rgba.length / 4);
  const sums: [number[], number[]] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let i = 0; i < side * side; i++) {
    const half = sums[i % side < side / 2 ? 0 : 1];
    for (let k = 0; k < 3; k++) half[k]! += (rgba[4 * i + k]! / (side * side)) * 2;
  }
  return sums;
}
const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

test('the pictures of the site are the same pixels here as in Node', async ({ page }) => {
  test.setTimeout(3 * PATIENCE);
  for (const [id, name] of [
    ['cup', 'The cup of coffee'],
    ['astronaut', 'The astronaut'],
  ] as const) {
    await page.goto(`embed/4-8/?picture=${id}&4.8.picture=${id}`);
    const input = page.getByRole('img', { name: `${name}, as it goes in` });
    await expect(input.locator('canvas')).toBeVisible({ timeout: PATIENCE });
    expect(await pixelsOf(input)).toEqual([...(await readPicture(id, 64))]);
  }
  await page.goto('embed/4-3/?4.3.picture=face-21');
  const face = page.getByRole('img', { name: 'Face 22, as it goes in' });
  await expect(face.locator('canvas')).toBeVisible({ timeout: PATIENCE });
  expect(await pixelsOf(face)).toEqual([...(await readPicture('face-21', 64))]);
});

test('a face that the browser draws is close to what the training set was drawn with', async ({ page }) => {
  test.setTimeout(3 * PATIENCE);
  const differences: number[] = [];
  for (const seed of [1, 2, 3]) {
    await page.goto(`embed/4-3/?4.3.picture=new&4.3.seed=${seed}`);
    const input = page.getByRole('img', { name: `New face ${seed}, as it goes in` });
    await expect(input.locator('canvas')).toBeVisible({ timeout: PATIENCE });
    const browser = (await pixelsOf(input)).filter((_, i) => i % 4 !== 3);
    const resvg = renderFace(newFace(seed), 64, rasterize);
    differences.push(
      browser.reduce((sum, value, i) => sum + Math.abs(value - resvg[i]!), 0) / browser.length,
    );
  }
  console.log(
    `browser's faces and resvg's: mean difference ${differences.map((d) => d.toFixed(2)).join(', ')} of 255`,
  );
  expect(Math.max(...differences)).toBeLessThan(2);
});

test("the reader's own picture: whatever the browser opens, and what was done to it", async ({ page }) => {
  test.setTimeout(2 * PATIENCE);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET' || request.postData() !== null) sent.push(request.url());
  });
  const figure = await openNoise(page);
  for (const { file, says, left, right, within = 6 } of await goodFiles()) {
    await upload(figure).setInputFiles(file);
    await expect(picker(figure).getByTitle(file.name)).toBeVisible();
    await expect(said(figure), file.name).toHaveText(says);
    await expect(picker(figure).getByRole('radio', { name: 'Your picture' })).toBeChecked();
    await expect(async () => {
      const [l, r] = meanOfHalves(await pixelsOf(shown(figure, 'Your picture')));
      expect(farthest(l, left), `${file.name}: left half ${l.join()}`).toBeLessThan(within);
      expect(farthest(r, right), `${file.name}: right half ${r.join()}`).toBeLessThan(within);
    }).toPass({ timeout: 10_000 });
  }
  expect(sent).toEqual([]);
});

test('what is no picture, broken, empty or too large gets a sentence, and the last picture stays', async ({
  page,
}) => {
  test.setTimeout(2 * PATIENCE);
  const figure = await openNoise(page);
  const [plain] = await goodFiles();
  await upload(figure).setInputFiles(plain!.file);
  await expect(picker(figure).getByRole('radio', { name: 'Your picture' })).toBeChecked();
  await expect(shown(figure, 'Your picture')).toBeVisible();
  const before = await pixelsOf(shown(figure, 'Your picture'));
  for (const { file, says } of await badFiles()) {
    await upload(figure).setInputFiles(file);
    await expect(said(figure)).toHaveText(says);
  }
  expect(await pixelsOf(shown(figure, 'Your picture'))).toEqual(before);
  await picker(figure).getByRole('radio', { name: 'The cup of coffee' }).check();
  await expect(said(figure)).toBeEmpty();
  await expect(shown(figure, 'The cup of coffee')).toBeVisible();
});

/** A file in the page, as one that is dropped or pasted. */
async function send(figure: Locator, file: PictureFile, how: 'drop' | 'paste'): Promise<void> {
  const { name, mimeType, buffer } = file;
  await figure.locator('.body').evaluate(
    (element, given) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(given.bytes)], given.name, { type: given.mimeType }));
      const init = { bubbles: true, cancelable: true };
      if (given.how === 'paste') {
        element.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: transfer }));
        return;
      }
      for (const type of ['dragover', 'drop']) {
        element.dispatchEvent(new DragEvent(type, { ...init, dataTransfer: transfer }));
      }
    },
    { name, mimeType, how, bytes: [...buffer] },
  );
}

test('it can be dropped or pasted too; beside the figure nothing happens', async ({ page }) => {
  const figure = await openNoise(page);
  const files = await goodFiles();
  const [plain, , tiny] = files;
  await send(figure, plain!.file, 'drop');
  await expect(picker(figure).getByTitle('plain.png')).toBeVisible();
  await send(figure, tiny!.file, 'paste');
  await expect(picker(figure).getByTitle('tiny.png')).toBeVisible();
  await expect(said(figure)).toHaveText(/It is tiny/);
  const prevented = await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'beside.png', { type: 'image/png' }));
    const drop = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer });
    document.body.dispatchEvent(drop);
    return drop.defaultPrevented;
  });
  expect(prevented).toBe(true); // the browser does not leave the page for the file
  await expect(picker(figure).getByTitle('tiny.png')).toBeVisible();
});

test('a link to an own picture that is not here shows a stand-in and says so', async ({ page }) => {
  const figure = await openNoise(page, 't=0&picture=own');
  await expect(said(figure)).toHaveText(/somebody’s own.*The cat stands in for it/);
  await expect(picker(figure).getByRole('radio', { name: 'The cat' })).toBeChecked();
  await expect(shown(figure, 'The cat')).toBeVisible();
});

test('one own picture serves all figures of the page, and the keyboard chooses', async ({ page }) => {
  await page.goto('noise/?t=0');
  const first = page.locator('#fig-1-1[data-ready]');
  const second = page.locator('#fig-1-2');
  const [plain] = await goodFiles();
  await upload(first).setInputFiles(plain!.file);
  await expect(picker(first).getByRole('radio', { name: 'Your picture' })).toBeChecked();
  await second.scrollIntoViewIfNeeded();
  await expect(picker(second).getByRole('radio', { name: 'Your picture' })).toBeChecked();
  await expect(page).toHaveURL(/[?&]picture=own/);
  await picker(second).getByRole('radio', { name: 'Your picture' }).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(picker(first).getByRole('radio', { name: 'Face 62' })).toBeChecked();
  await page.keyboard.press('ArrowRight');
  await expect(picker(first).getByRole('radio', { name: 'Your picture' })).toBeChecked();
});

test('thumbnails are large enough for a thumb, and fit a telephone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const figure = await openNoise(page);
  for (const target of [...(await picker(figure).locator('label').all()), figure.locator('label.upload')]) {
    const box = await target.boundingBox();
    expect(Math.min(box!.width, box!.height)).toBeGreaterThanOrEqual(44);
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(390);
  }
});
