// Differences of pictures and ways between pictures, against values worked out by hand.
import { describe, expect, test } from 'vitest';
import { fade, lerp, slerp } from '../../../src/components/figures/4.6-between-faces/paths.ts';
import { countAbove, differenceMap, rgbOf } from '../../../src/lib/ldm/metrics/pictureDifference.ts';

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
