// Pixels in another size, on white, cut out of larger pictures.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fillWhite, resizeRgba } from '../../../../src/userContent/pictures/resize.ts';
import { tile } from '../../../../src/userContent/pictures/square.ts';
import { middleOf } from '../../../../src/datasets/middle.ts';
import { readPicture, readPictureFile } from '../../../../tools/lib/pictures.ts';

/** Opaque pixels of one colour each, from grey values. */
const grey = (...values: number[]): Uint8ClampedArray<ArrayBuffer> =>
  Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255]));

test('shrinking averages what a pixel covers', () => {
  const small = resizeRgba(
    grey(0, 100, 40, 60, 200, 100, 0, 100, 1, 2, 3, 4, 5, 6, 7, 8),
    { width: 4, height: 4 },
    2,
  );
  expect(small).toEqual(grey(100, 50, 4, 6).map((value, i) => (i === 8 ? 4 : value)));
});

test('where the sides do not divide, parts of pixels count by their area', () => {
  // Three pixels into two: each takes one and a half.
  const small = resizeRgba(grey(0, 90, 30, 0, 90, 30, 0, 90, 30), { width: 3, height: 3 }, 2);
  expect([small[0], small[4]]).toEqual([30, 50]);
});

test('growing goes straight from middle to middle', () => {
  const large = resizeRgba(grey(0, 100, 0, 100), { width: 2, height: 2 }, 4);
  expect([0, 4, 8, 12].map((i) => large[i])).toEqual([0, 25, 75, 100]);
  expect(resizeRgba(grey(77), { width: 1, height: 1 }, 3)).toEqual(grey(...Array<number>(9).fill(77)));
});

test('the same size changes nothing', async () => {
  const cat = await readPicture('cat', 64);
  expect(resizeRgba(cat, { width: 64, height: 64 }, 64)).toEqual(cat);
});

test('agrees with another program on a photograph', async () => {
  const { pixels, width, height } = await readPictureFile('cup-256.webp');
  const ours = resizeRgba(pixels, { width, height }, 64);
  const theirs = await sharp(pixels, { raw: { width, height, channels: 4 } })
    .resize(64, 64, { kernel: 'linear' })
    .raw()
    .toBuffer();
  const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
  expect(distance(ours, theirs)).toBeLessThan(3);
  const shifted = [...theirs.subarray(4), ...theirs.subarray(0, 4)];
  expect(distance(ours, shifted)).toBeGreaterThan(2 * distance(ours, theirs));
});

test('white shows through what is transparent', () => {
  const pixels = Uint8ClampedArray.of(255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 51);
  expect(fillWhite(pixels)).toBe(true);
  expect([...pixels]).toEqual([255, 0, 0, 255, 255, 255, 255, 255, 204, 204, 204, 255]);
  expect(fillWhite(pixels)).toBe(false);
});

test('the middle of a wide and of a tall picture', () => {
  expect(middleOf(20_000, 1000)).toEqual({ left: 9500, top: 0, side: 1000 });
  expect(middleOf(1, 4)).toEqual({ left: 0, top: 1, side: 1 });
});

test('one of a sheet', () => {
  const sheet = { pixels: grey(1, 2, 3, 4, 5, 6, 7, 8), width: 4, height: 2 };
  expect(tile(sheet, 1, 4, 6)).toEqual(grey(7));
});
