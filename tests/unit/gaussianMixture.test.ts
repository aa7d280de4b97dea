// The mixture of Gaussians, and how its modes are counted.
import { describe, expect, test } from 'vitest';
import { countModes } from '@noisebook/ldm/numbers';
import { drawMixture, ringMixture } from '../../src/datasets/gaussianMixture.ts';

const mixture = ringMixture();

test('the same seed gives the same points, each near the mode that its label says', () => {
  const { points, labels } = drawMixture(mixture, 4000, 7);
  expect(drawMixture(mixture, 4000, 7).points).toEqual(points);
  expect(drawMixture(mixture, 4000, 8).points).not.toEqual(points);
  labels.forEach((label, i) => {
    const [x, y] = mixture.centers[label]!;
    expect(Math.hypot(points[2 * i]! - x, points[2 * i + 1]! - y)).toBeLessThan(6 * mixture.sigma);
  });
});

describe('countModes', () => {
  test('finds of the mixture itself what it should: 98.9% within 3 sigma, and all modes evenly', () => {
    const { inside, covered, counts } = countModes(drawMixture(mixture, 8000, 1).points, mixture);
    expect(inside).toBeCloseTo(1 - Math.exp(-4.5), 2);
    expect(covered).toBe(8);
    counts.forEach((count) => expect(Math.abs(count - 990)).toBeLessThan(120));
  });

  test('sees what is missing, and takes a stray point for no mode', () => {
    const [first, second] = mixture.centers as [readonly [number, number], readonly [number, number]];
    const points = Float32Array.from([
      ...Array.from({ length: 99 }, () => first).flat(),
      ...second, // one point of a hundred: less than a tenth of an eighth
    ]);
    expect(countModes(points, mixture)).toEqual({ inside: 1, covered: 1, counts: [99, 1, 0, 0, 0, 0, 0, 0] });
    expect(countModes(points, { ...mixture, leastShare: 0 }).covered).toBe(2);
    expect(countModes(Float32Array.from([0, 0]), mixture).inside).toBe(0);
    expect(countModes(Float32Array.from([0, 0]), { ...mixture, within: 20 }).inside).toBe(1);
  });

  test('refuses what is no list of points', () => {
    expect(() => countModes(new Float32Array(3), mixture)).toThrow('got 3 numbers');
    expect(() => countModes(new Float32Array(0), mixture)).toThrow(RangeError);
  });
});
