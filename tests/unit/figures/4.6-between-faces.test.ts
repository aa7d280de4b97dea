// Ways from face to face against values worked out by hand, and the chart of what they lose.
import { describe, expect, test } from 'vitest';
import {
  fade,
  lerp,
  lossChart,
  offness,
  slerp,
} from '../../../src/components/figures/4.6-between-faces/figure.ts';

const grey = (level: number) => new Uint8ClampedArray(64 * 64 * 4).fill(level);

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

test('off by how many levels', () => expect(offness(grey(10), grey(13))).toBe(3));
test('the chart has both ways and the faces, from end to end', () => {
  const { series } = lossChart({ fade: [1, 30, 2], walk: [1, 10, 2] }, 5);
  expect(series.map(({ name }) => name)).toEqual(['fade', 'walk', 'faces']);
  expect(series[1]!.points).toEqual([
    { x: 0, y: 1 },
    { x: 0.5, y: 10 },
    { x: 1, y: 2 },
  ]);
  expect(series[2]!.points.map(({ y }) => y)).toEqual([5, 5, 5]);
});
