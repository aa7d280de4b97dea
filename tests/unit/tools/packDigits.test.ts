// The digits as they are packed: all there, as named, no larger than promised, the package's own strokes.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  DIGIT_COLUMNS,
  DIGIT_ROWS,
  digitOf,
  digitPicture,
  digitWords,
  MAX_DIGITS,
  NUM_DIGITS,
} from '../../../src/datasets/digits.ts';
import { packDigits } from '../../../tools/pack-digits.ts';

describe('packed digits', () => {
  let files: ReadonlyMap<string, Buffer>;
  let sheet: Uint8ClampedArray;
  beforeAll(async () => {
    files = await packDigits();
    sheet = new Uint8ClampedArray(await sharp(files.get('full/digits.webp')).ensureAlpha().raw().toBuffer());
  }, 60_000);

  test('are one file below 500 kB with room for held-out ones, and a small one', async () => {
    expect(files.get('full/digits.webp')!.length).toBeLessThan(500_000);
    expect(NUM_DIGITS - MAX_DIGITS).toBeGreaterThanOrEqual(16);
    const small = await sharp(files.get('digits-thumbnails.webp')).metadata();
    expect([small.width, small.height]).toEqual([160, 64]);
    const large = await sharp(files.get('full/digits.webp')).metadata();
    expect([large.width, large.height]).toEqual([DIGIT_COLUMNS * 28, DIGIT_ROWS * 28]);
  });

  test('are the pictures of the package, in turns, to a thirty-second', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('mnist/package.json'));
    for (const index of [0, 7, 123, 4095, 4159]) {
      const file = join(folder, `src/digits/${digitOf(index)}.json`);
      const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] };
      const picture = digitPicture(sheet, index);
      const from = Math.floor(index / 10) * 784;
      for (let i = 0; i < 784; i++) {
        const at = (2 + Math.floor(i / 28)) * 32 + 2 + (i % 28);
        expect(Math.abs(picture[4 * at]! - 255 * data[from + i]!)).toBeLessThan(5);
      }
    }
    expect(digitWords[digitOf(4095)]).toBe('five');
  });

  test('are all different, and none is empty', () => {
    const seen = new Set<string>();
    for (let index = 0; index < NUM_DIGITS; index++) {
      const picture = digitPicture(sheet, index);
      expect(picture.some((value, i) => i % 4 === 0 && value > 100)).toBe(true);
      seen.add(Buffer.from(picture).toString('latin1'));
    }
    expect(seen.size).toBe(NUM_DIGITS);
  });

  test('refuse another sheet, and what is not there', () => {
    expect(() => digitPicture(sheet.subarray(4), 0)).toThrow(/expected a sheet of/);
    expect(() => digitPicture(sheet, NUM_DIGITS)).toThrow(RangeError);
    expect(() => digitPicture(sheet, 0.5)).toThrow(RangeError);
  });
});
