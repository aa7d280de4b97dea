// Spearman's rank correlation against values worked out by hand.
import { expect, test } from 'vitest';
import { rankCorrelation, ranks } from '../../../src/lib/ldm/metrics/rankCorrelation.ts';

test('equal values share a rank', () => {
  expect(ranks([10, 30, 20, 20])).toEqual([4, 1, 2.5, 2.5]);
});

test('1 for the same order, -1 for the reverse, 1 - 6 sum d^2 / (n^3 - n) between', () => {
  expect(rankCorrelation([1, 5, 9], [0.1, 0.2, 7])).toBe(1);
  expect(rankCorrelation([1, 5, 9], [3, 2, 1])).toBe(-1);
  expect(rankCorrelation([1, 2, 3, 4], [2, 1, 4, 3])).toBeCloseTo(1 - (6 * 4) / 60, 12);
});

test('no order, no correlation', () => {
  expect(rankCorrelation([1, 2], [3, 3])).toBeUndefined();
  expect(() => rankCorrelation([1], [1])).toThrow('got 1 and 1');
});
