// PSNR against values worked out by hand.
import { expect, test } from 'vitest';
import { meanSquaredError, psnr } from '../../../src/lib/ldm/metrics/psnr.ts';

test('a constant difference of a tenth of the range is 20 dB', () => {
  expect(psnr([0, 0.5, -1], [0.2, 0.7, -0.8])).toBeCloseTo(20, 10);
  expect(psnr(Uint8Array.of(0, 100), Uint8Array.of(51, 151), 255)).toBeCloseTo(20 * Math.log10(5), 10);
});

test('equal pictures are infinitely close', () => {
  expect(psnr([0.25], [0.25])).toBe(Number.POSITIVE_INFINITY);
});

test('averages over all numbers', () => {
  expect(meanSquaredError([0, 0, 0, 0], [1, 0, 0, 1])).toBe(0.5);
});

test('refuses pictures of different sizes and empty ones', () => {
  expect(() => psnr([1, 2], [1])).toThrow('got 2 and 1 numbers');
  expect(() => psnr([], [])).toThrow('got 0 and 0 numbers');
});
