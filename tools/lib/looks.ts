// How every figure looks at rest: a small picture of its recorded state, light and dark, kept in tests/looks/.
//
// `npm run sheet` draws them all on one sheet; tests/e2e/looks.spec.ts holds the site against what is kept. Letters are not
// drawn alike on all machines: two pictures are compared by the mean colours of their squares.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import sharp from 'sharp';

export const schemes = ['light', 'dark'] as const;
export type Scheme = (typeof schemes)[number];

const root = join(import.meta.dirname, '../..');
export const looksFolder = join(root, 'tests/looks');

/** CSS pixels of the window, and how wide the kept picture is. */
const WINDOW = { width: 960, height: 900 } as const;
const WIDTH = 480;
/** Side of a square whose mean colours are compared, in pixels of the kept picture. */
const SQUARE = 12;

/** Figures that have a page of their own, in the order of the notebook: "4-3". */
export const figureSlugs = (): string[] =>
  readdirSync(join(root, 'dist/embed')).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

export const lookFile = (slug: string, scheme: Scheme): string => join(looksFolder, `${slug}.${scheme}.webp`);

/** The figure as it stands there before anybody touches it. @param site address of the built site, with "/" at its end */
export async function lookAt(page: Page, site: string, slug: string, scheme: Scheme): Promise<Buffer> {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await page.setViewportSize(WINDOW);
  await page.goto(`${site}embed/${slug}/`);
  const figure = page.locator(`#fig-${slug}[data-ready]`);
  await figure.waitFor({ timeout: 60_000 });
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (const image of document.images) image.loading = 'eager';
    await Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)));
    // Canvases are drawn in the frame after the one that has their pictures.
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
  });
  const whole = await figure.screenshot({ animations: 'disabled' });
  return sharp(whole).resize({ width: WIDTH }).removeAlpha().png().toBuffer();
}

/** Keeps a picture: others are held against it. */
export async function keepLook(slug: string, scheme: Scheme, picture: Buffer): Promise<void> {
  mkdirSync(looksFolder, { recursive: true });
  await sharp(picture).webp({ quality: 75, effort: 6 }).toFile(lookFile(slug, scheme));
}

interface Difference {
  /** The largest difference of two squares' mean colours, of 255. */
  readonly worst: number;
  /** Where that is, from the upper left corner, in shares of the sides. */
  readonly at: readonly [number, number];
  /** Heights, in pixels. */
  readonly heights: readonly [number, number];
}

/** How far two pictures are apart. What one has below the other's end is not compared: `heights` tell. */
export async function compareLooks(a: Buffer | string, b: Buffer | string): Promise<Difference> {
  const [one, two] = await Promise.all([squares(a), squares(b)]);
  const rows = Math.min(one.rows, two.rows);
  let worst = 0;
  let place = 0;
  for (let i = 0; i < rows * one.columns * 3; i++) {
    const difference = Math.abs(one.means[i]! - two.means[i]!);
    if (difference > worst) [worst, place] = [difference, Math.floor(i / 3)];
  }
  const at = [(place % one.columns) / one.columns, Math.floor(place / one.columns) / rows] as const;
  return { worst, at, heights: [one.height, two.height] };
}

async function squares(
  picture: Buffer | string,
): Promise<{ means: Uint8Array; columns: number; rows: number; height: number }> {
  const { width, height } = await sharp(picture).metadata();
  const [columns, rows] = [Math.floor(width / SQUARE), Math.floor(height / SQUARE)];
  const means = await sharp(picture)
    .extract({ left: 0, top: 0, width: columns * SQUARE, height: rows * SQUARE })
    .removeAlpha()
    // A box filter: the mean of each square.
    .resize(columns, rows, { kernel: 'linear', fit: 'fill' })
    .raw()
    .toBuffer();
  return { means, columns, rows, height };
}

/** All pictures on one sheet: the figures in order, light and dark beside each other, as many columns as fit. */
export async function contactSheet(
  pictures: readonly { readonly light: Buffer; readonly dark: Buffer }[],
  columns = 3,
): Promise<Buffer> {
  const gap = 16;
  const cell = Math.round(WIDTH * 0.6);
  const heights = new Array<number>(columns).fill(gap);
  const placed: { input: Buffer; left: number; top: number }[] = [];
  for (const { light, dark } of pictures) {
    const pair = await Promise.all(
      [light, dark].map((picture) =>
        sharp(picture).resize({ width: cell }).toBuffer({ resolveWithObject: true }),
      ),
    );
    const column = heights.indexOf(Math.min(...heights));
    const left = gap + column * (2 * cell + 2 * gap);
    pair.forEach(({ data }, i) =>
      placed.push({ input: data, left: left + i * (cell + gap / 2), top: heights[column]! }),
    );
    heights[column]! += Math.max(...pair.map(({ info }) => info.height)) + gap;
  }
  return sharp({
    create: {
      width: columns * (2 * cell + 2 * gap) + gap,
      height: Math.max(...heights),
      channels: 3,
      background: '#8886',
    },
  })
    .composite(placed)
    .png()
    .toBuffer();
}
