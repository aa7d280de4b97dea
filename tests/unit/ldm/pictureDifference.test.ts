// Differences of pictures, thumbnails and ways between pictures, against values worked out by hand.
import { describe, expect, test } from 'vitest';
import { fade, lerp, slerp } from '../../../src/lib/ldm/metrics/paths.ts';
import { countAbove, differenceMap, rgbOf } from '../../../src/lib/ldm/metrics/pictureDifference.ts';
import { enlarge, shrink, throughThumbnail } from '../../../src/lib/ldm/metrics/thumbnail.ts';

describe('differences', () => {
  const a = Uint8ClampedArray.of(10, 20, 30, 255, 0, 0, 0, 255);
  const b = Uint8ClampedArray.of(12, 10, 30, 0, 0, 0, 255, 255);

  test('a pixel counts with its most different colour; alpha does not', () => {
    expect([...differenceMap(a, b)]).toEqual([10, 255]);
    expect(countAbove(differenceMap(a, b), 10)).toBe(1);
    expect(countAbove(differenceMap(a, b), 9)).toBe(2);
  });
  test('leaves alpha out', () => expect([...rgbOf(b)]).toEqual([12, 10, 30, 0, 0, 255]));
  test('refuses pictures of different sizes', () => {
    expect(() => differenceMap(a, b.subarray(4))).toThrow('got 8 and 4');
  });
});

describe('thumbnails', () => {
  const rgba = (greys: number[]) => Uint8ClampedArray.from(greys.flatMap((grey) => [grey, grey, grey, 255]));

  test('each large pixel is the mean of what it covers, in parts where it must be', () => {
    expect([...shrink(rgba([0, 100, 200, 40]), 2, 1)]).toEqual([85, 85, 85]);
    // 3 pixels to 2: the middle one belongs half to each.
    const rows = shrink(rgba([0, 90, 30, 0, 90, 30, 0, 90, 30]), 3, 2);
    expect(rows[0]).toBeCloseTo(30, 4);
    expect(rows[3]).toBeCloseTo(50, 4);
  });
  test('drawn large, changes are straight between the middles', () => {
    const large = enlarge([0, 0, 0, 100, 100, 100, 0, 0, 0, 100, 100, 100], 2, 4);
    expect([0, 1, 2, 3].map((x) => large[x * 4])).toEqual([0, 25, 75, 100]);
    expect(large[3]).toBe(255);
  });
  test('as many pixels as before lose nothing', () => {
    const picture = rgba([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...throughThumbnail(picture, 3, 3)]).toEqual([...picture]);
  });
});

describe('ways between', () => {
  test('all begin and end where they should', () => {
    for (const way of [lerp, slerp, fade]) {
      expect([...way([2, 8], [6, 4], 0)].map((x) => Math.round(x * 1e5) / 1e5)).toEqual([2, 8]);
      expect([...way([2, 8], [6, 4], 1)].map((x) => Math.round(x * 1e5) / 1e5)).toEqual([6, 4]);
    }
  });
  test('the middle of a fade is the mean, the middle of an arc is as long as its ends', () => {
    expect([...fade([10, 0], [20, 255], 0.5)]).toEqual([15, 128]);
    expect([...lerp([3, 0], [0, 3], 0.5)]).toEqual([1.5, 1.5]);
    expect(Math.hypot(...slerp([3, 0], [0, 3], 0.5))).toBeCloseTo(3, 5);
  });
  test('an arc between equal or opposite directions is a straight line', () => {
    expect([...slerp([1, 1], [3, 3], 0.5)]).toEqual([2, 2]);
    expect([...slerp([1, 0], [-1, 0], 0.25)]).toEqual([0.5, 0]);
    expect([...slerp([0, 0], [2, 0], 0.5)]).toEqual([1, 0]);
  });
});
