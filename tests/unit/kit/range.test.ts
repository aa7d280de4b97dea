// A value on a range: its steps, its place along a row of pictures, and the keys of a slider.
import { describe, expect, it } from 'vitest';
import {
  placeAlong,
  snapped,
  valueAfterKey,
  valueAlong,
} from '../../../src/components/kit/gestures/range.ts';

const range = { min: -3, max: 3, step: 0.05 };

it('a value goes to the nearest step, and never beyond the ends', () => {
  expect([0.02, 0.031, -9, 9].map((value) => snapped(value, range))).toEqual([0, 0.05, -3, 3]);
  expect(snapped(0.1 + 0.2, { min: 0, max: 1, step: 0.1 })).toBe(0.3);
  // 1 is no whole number of steps from 0: the end itself is reached.
  expect(snapped(1, { min: 0, max: 1, step: 0.3 })).toBe(0.9);
  expect(snapped(2, { min: 0, max: 1, step: 0.4 })).toBe(1);
});

describe('along a row of pictures', () => {
  it('the middles of the first and the last are the ends', () => {
    expect(valueAlong(0.5 / 7, 7, range)).toBe(-3);
    expect(valueAlong(0, 7, range)).toBe(-3);
    expect(valueAlong(0.5, 7, range)).toBe(0);
    expect(valueAlong(4.5 / 7, 7, range)).toBe(1);
    expect(valueAlong(1, 7, range)).toBe(3);
  });
  it('place and value are each other’s reverse', () => {
    for (const value of [-3, -1.25, 0, 0.05, 3])
      expect(valueAlong(placeAlong(value, 7, range), 7, range)).toBe(value);
  });
  it('a single picture is its whole width', () => {
    expect(valueAlong(0.25, 1, { min: 0, max: 4, step: 1 })).toBe(1);
    expect(placeAlong(1, 1, { min: 0, max: 4, step: 1 })).toBe(0.25);
    expect(placeAlong(0, 3, { min: 0, max: 0, step: 1 })).toBeCloseTo(1 / 6, 12);
  });
});

it('keys move it as they move a slider', () => {
  const keys = ['ArrowRight', 'ArrowUp', 'ArrowLeft', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End', 'a'];
  expect(keys.map((key) => valueAfterKey(1, key, range))).toEqual([
    1.05,
    1.05,
    0.95,
    0.95,
    1.6,
    0.4,
    -3,
    3,
    undefined,
  ]);
  expect(valueAfterKey(3, 'ArrowRight', range)).toBe(3);
});
