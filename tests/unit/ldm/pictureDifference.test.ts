// Differences of pictures, against values worked out by hand.
import { describe, expect, test } from 'vitest';
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
