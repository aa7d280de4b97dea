// What the tests of the latent figures share: a figure by its names, its pixels, its numbers, its recorded pictures.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, PATIENCE } from './site.ts';

const recordedFolder = join(import.meta.dirname, '../../../public/recorded');

/** public/recorded/<name>/recorded.json */
export const readRecorded = (name: string): unknown =>
  JSON.parse(readFileSync(join(recordedFolder, name, 'recorded.json'), 'utf8'));

/** What a figure that is defined by a figure.ts has recorded; whoever asks says what that is. */
export const readFigure = (name: string): { readonly result: unknown; readonly study?: unknown } =>
  readRecorded(name) as ReturnType<typeof readFigure>;

/** Picture `index` of a figure's recorded sprite, RGBA, `size` pixels a side. */
export async function recordedPicture(
  name: string,
  index: number,
  columns: number,
  size = 64,
): Promise<number[]> {
  const [left, top] = [(index % columns) * size, Math.floor(index / columns) * size];
  const square = { left, top, width: size, height: size };
  const file = join(recordedFolder, name, 'pictures.webp');
  return [...(await sharp(file).extract(square).ensureAlpha().raw().toBuffer())];
}

/** One figure on its own page. */
export class LatentFigure {
  readonly page: Page;
  readonly root: Locator;
  readonly badge: Locator;
  readonly status: Locator;

  constructor(page: Page, number: string) {
    this.page = page;
    this.root = page.locator(`#fig-${number}[data-ready]`);
    this.badge = this.root.locator('.badge');
    this.status = this.root.locator('.state').getByRole('status');
  }

  async open(number: string, query = ''): Promise<this> {
    await this.page.goto(`embed/${number}/${query}`);
    await expect(this.root).toBeVisible();
    return this;
  }

  /** Waits until what was asked for has been computed. */
  async settled(): Promise<void> {
    await expect(this.badge).toHaveText('live');
    await expect(this.root.locator('[aria-busy=true]')).toHaveCount(0, { timeout: PATIENCE });
    await expect(this.status).toHaveText(/^[\d.]+\sm?s on /);
  }

  picture(name: string | RegExp): Locator {
    return this.root.getByRole('img', { name });
  }

  /** RGBA of a live picture. */
  async pixels(name: string | RegExp): Promise<number[]> {
    const canvas = this.picture(name).locator('canvas');
    await expect(canvas).toHaveCount(1, { timeout: PATIENCE });
    return canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      return [...(element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data];
    });
  }

  /** The exact number behind a shown one. */
  async value(testId: string, index = 0): Promise<number> {
    return Number(await this.root.getByTestId(testId).nth(index).getAttribute('data-value'));
  }

  slider(name: string | RegExp): Locator {
    return this.root.getByRole('slider', { name });
  }

  /** Chooses a picture by its thumbnail. */
  async choose(group: string, name: string): Promise<void> {
    const radio = this.root
      .getByRole('radiogroup', { name: group, exact: true })
      .getByRole('radio', { name, exact: true });
    await radio.focus();
    await this.page.keyboard.press('Space');
    await expect(radio).toBeChecked();
  }

  /** Rows of the CSV that the figure offers, its heads first. */
  async csv(): Promise<string[][]> {
    const download = this.page.waitForEvent('download');
    await this.root.getByRole('button', { name: 'Download CSV' }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    return text
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
  }
}

/** A list of bytes as a canvas has them. */
export const bytes = (values: readonly number[]): Uint8ClampedArray<ArrayBuffer> =>
  Uint8ClampedArray.from(values);

/** The largest difference of two lists of numbers. */
export const farthest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - b[i]!))) : Number.POSITIVE_INFINITY;
