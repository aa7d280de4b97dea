// The numbers of an evaluation: what Python computes for the same answers and features (tests/fixtures/make_evaluation.py).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frechetDistance, moments } from '../../../src/lib/ldm/metrics/frechetDistance.ts';
import { percentile, promptAccuracy } from '../../../tools/lib/evaluation/promptAccuracy.ts';

interface Cases {
  readonly frechet: { readonly a: number[][]; readonly b: number[][]; readonly distance: number };
  readonly accuracy: {
    readonly truth: number[][];
    readonly found: number[][];
    readonly stated: number[][];
    readonly expected: {
      readonly mean: number;
      readonly meanInterval: [number, number];
      readonly allRight: number;
      readonly allRightInterval: [number, number];
      readonly perAttribute: Readonly<Record<string, number>>;
    };
  };
}
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/evaluation/cases.json', import.meta.url), 'utf8'),
) as Cases;

describe('Fréchet distance', () => {
  const [a, b] = [moments(cases.frechet.a), moments(cases.frechet.b)];

  test('is what numpy computes', () => {
    expect(frechetDistance(a, b)).toBeCloseTo(cases.frechet.distance, 9);
  });

  test('is symmetric, and 0 to itself', () => {
    expect(frechetDistance(b, a)).toBeCloseTo(cases.frechet.distance, 9);
    expect(frechetDistance(a, a)).toBeCloseTo(0, 9);
  });

  test('of two Gaussians in one dimension is (difference of means)^2 + (difference of deviations)^2', () => {
    const spread = (middle: number, scale: number) => moments([-1, 0, 1].map((x) => [middle + scale * x]));
    expect(frechetDistance(spread(1, 2), spread(4, 0.5))).toBeCloseTo(9 + 2.25, 12);
  });

  test('says what it expects', () => {
    expect(() => moments([[1, 2]])).toThrow('two rows or more');
    expect(() => moments([[1, 2], [1]])).toThrow('of one length');
    expect(() => frechetDistance(a, moments([[1], [2]]))).toThrow('expected 6 dimensions in both, got 1');
  });
});

describe('prompt accuracy', () => {
  const { truth, found, stated, expected } = cases.accuracy;
  const pictures = truth.map((row, i) => ({
    truth: row,
    found: found[i]!,
    stated: stated[i]!.map((bit) => bit === 1),
  }));
  const result = promptAccuracy(pictures);

  test('is what Python computes', () => {
    expect(result.mean.value).toBeCloseTo(expected.mean, 4);
    expect(result.allRight.value).toBeCloseTo(expected.allRight, 4);
    const shares = result.perAttribute.map((share) => share?.value);
    expect(shares[3]).toBeUndefined(); // no prompt states it
    for (const [k, name] of ['a', 'b', 'c'].entries()) {
      expect(shares[k]).toBeCloseTo(expected.perAttribute[name]!, 4);
    }
  });

  test('has the intervals of other draws of the same kind', () => {
    for (const [ours, theirs] of [
      [result.mean.interval, expected.meanInterval],
      [result.allRight.interval, expected.allRightInterval],
    ] as const) {
      expect(Math.abs(ours[0] - theirs[0])).toBeLessThan(0.03);
      expect(Math.abs(ours[1] - theirs[1])).toBeLessThan(0.03);
    }
  });

  test('is surer of more pictures', () => {
    const width = ({ interval: [low, high] }: typeof result.mean): number => high - low;
    const many = promptAccuracy(Array.from({ length: 9 }, () => pictures).flat());
    expect(many.mean.value).toBeCloseTo(result.mean.value, 12);
    expect(width(result.mean) / width(many.mean)).toBeGreaterThan(2.4);
    expect(width(result.mean) / width(many.mean)).toBeLessThan(3.6);
  });

  test('refuses lists that do not fit', () => {
    expect(() => promptAccuracy([])).toThrow('got 0 pictures');
    expect(() => promptAccuracy([{ truth: [1], found: [1, 2], stated: [true] }])).toThrow(
      'one number of attributes',
    );
  });
});

test('percentiles lie on straight lines between the values', () => {
  expect(percentile([3, 1, NaN, 2], 0.5)).toBe(2);
  expect(percentile([0, 10], 0.025)).toBeCloseTo(0.25, 12);
});
