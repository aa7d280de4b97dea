// Figure 4.1: where the magnifier looks, and what is said about sizes and encoders.
import { describe, expect, test } from 'vitest';
import {
  cut,
  encoderTrouble,
  lensAt,
  rateDistortion,
  rawBytes,
  writeShare,
} from '../../../src/components/figures/4.1-jpeg/jpeg.ts';

describe('the magnifier', () => {
  const sides = { width: 100, height: 60 };
  test('stays inside the picture', () => {
    expect(lensAt(sides, { x: 0, y: 100 })).toEqual({ left: 0, top: 28, width: 48, height: 32 });
    expect(lensAt(sides, { x: 50, y: 50 })).toEqual({ left: 26, top: 14, width: 48, height: 32 });
    expect(lensAt({ width: 9, height: 40 }, { x: 99, y: 0 })).toEqual({
      left: 0,
      top: 0,
      width: 9,
      height: 32,
    });
  });

  test('shows the pixels below it', () => {
    const pixels = Uint8ClampedArray.from({ length: 4 * 3 * 4 }, (_, i) => Math.floor(i / 4));
    const shown = cut({ width: 4, height: 3, pixels }, { left: 1, top: 1, width: 2, height: 2 });
    expect([...shown].filter((_, i) => i % 4 === 0)).toEqual([5, 6, 9, 10]);
  });
});

test('sizes in words', () => {
  expect(rawBytes({ width: 600, height: 400 })).toBe(720_000);
  expect(writeShare(13_854, 720_000)).toBe('1/52');
  expect(writeShare(300, 720)).toBe('1/2.4');
  expect(writeShare(900, 720)).toBe('1.3 ×');
});

test('an encoder that does something else is named', () => {
  const curve = [10, 90].map((quality) => ({ quality, bytes: 5000, psnr: 30 }));
  expect(encoderTrouble('image/png', [])).toContain('image/png');
  expect(encoderTrouble('image/jpeg', curve)).toContain('ignores the quality');
  expect(encoderTrouble('image/jpeg', [curve[0]!, { ...curve[1]!, bytes: 9000 }])).toBeUndefined();
  expect(encoderTrouble('image/jpeg', [])).toBeUndefined();
});

test('the chart has the curve in kilobytes and the point where the slider stands', () => {
  const curve = [1, 50, 100].map((quality) => ({ quality, bytes: quality * 1000, psnr: 20 + quality / 4 }));
  const { series, y } = rateDistortion(curve, { bytes: 7000, psnr: 22 }, 7);
  expect(series[0]?.points.map(({ x }) => x)).toEqual([1, 50, 100]);
  expect(series[1]?.points).toEqual([{ x: 7, y: 22 }]);
  expect(y.domain).toEqual([20, 45]);
});

test('a picture that comes back unchanged has no point on the chart', () => {
  const exact = { bytes: 900, psnr: Number.POSITIVE_INFINITY };
  const { series, y } = rateDistortion([{ quality: 90, ...exact }], exact, 90);
  expect(series.map(({ points }) => points)).toEqual([[], []]);
  expect(y.domain).toEqual([20, 60]);
});
