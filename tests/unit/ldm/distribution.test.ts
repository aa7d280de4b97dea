// Moments, histograms, quantiles and the Kolmogorov-Smirnov distance, against numbers known otherwise.
import { describe, expect, test } from 'vitest';
import {
  densities,
  histogram,
  kolmogorovSmirnov,
  kolmogorovSmirnovLimit,
  moments,
  normalDensity,
  quantiles,
} from '../../../src/lib/ldm/metrics/distribution.ts';
import { Rng } from '../../../src/lib/ldm/base/rng.ts';

const normals = (seed: number, count: number): Float32Array =>
  new Rng(seed).fillNormal(new Float32Array(count)).sort();

test('moments', () => {
  expect(moments([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, variance: 4 });
  expect(() => moments([])).toThrow(/at least one value/);
});

test('the bell curve: height, width and area', () => {
  expect(normalDensity(0)).toBeCloseTo(0.398942, 6);
  expect(normalDensity(1) / normalDensity(0)).toBeCloseTo(Math.exp(-0.5), 12);
  let area = 0;
  for (let x = -10; x <= 10; x += 0.01) area += 0.01 * normalDensity(x, 0.5, 2.25);
  expect(area).toBeCloseTo(1, 6);
});

describe('histogram', () => {
  test('counts by half-open bins and leaves out what is outside', () => {
    const counts = histogram([-1, -0.5, 0, 0.49, 0.5, 1, -1.01, Number.NaN], -1, 1, new Uint32Array(4));
    expect([...counts]).toEqual([1, 1, 2, 1]);
  });

  test('as densities it follows the bell curve', () => {
    const count = 200_000;
    const counts = histogram(normals(1, count), -4, 4, new Uint32Array(32));
    const heights = densities(counts, count, 0.25);
    heights.forEach((height, i) => {
      const middle = -4 + 0.25 * (i + 0.5);
      expect(Math.abs(height - normalDensity(middle))).toBeLessThan(0.01);
    });
    expect(heights.reduce((sum, height) => sum + 0.25 * height, 0)).toBeCloseTo(1, 3);
  });
});

test('quantiles: evenly spaced by rank', () => {
  expect(quantiles([10, 20, 30, 40], 4)).toEqual([10, 20, 30, 40]);
  expect(quantiles([10, 20, 30, 40], 2)).toEqual([15, 35]);
  expect(quantiles([7], 3)).toEqual([7, 7, 7]);
});

describe('Kolmogorov-Smirnov', () => {
  test('known distances, ties included', () => {
    expect(kolmogorovSmirnov([1, 2, 3], [1, 2, 3])).toBe(0);
    expect(kolmogorovSmirnov([1, 2], [3, 4])).toBe(1);
    expect(kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6])).toBe(0.5);
    expect(kolmogorovSmirnov([1, 1, 1, 2], [1, 2, 2, 2])).toBe(0.5);
  });

  test('the limit is the textbook one: 1.358 for large samples', () => {
    expect(kolmogorovSmirnovLimit(2000, 2000) * Math.sqrt(1000)).toBeCloseTo(1.3581, 4);
    expect(kolmogorovSmirnovLimit(100, 400, 0.01) * Math.sqrt(80)).toBeCloseTo(1.6276, 4);
  });

  test('samples of one distribution stay below it about 19 times in 20', () => {
    const limit = kolmogorovSmirnovLimit(500, 500);
    let above = 0;
    for (let i = 0; i < 400; i++) {
      if (kolmogorovSmirnov(normals(2 * i, 500), normals(2 * i + 1, 500)) > limit) above += 1;
    }
    expect(above).toBeGreaterThan(4);
    expect(above).toBeLessThan(36);
  });
});
