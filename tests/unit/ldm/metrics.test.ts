// SSIM, the first stage's loss, PCA and trustworthiness against scikit-image, PyTorch and scikit-learn; the rest by hand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reach, rmse, strengthFor } from '../../../src/components/figures/4.2-same-error/equalError.ts';
import { reconstructionLoss } from '../../../src/lib/ldm/metrics/firstStageLoss.ts';
import {
  agreement,
  chanceAgreement,
  nearest,
  neighbourTable,
  trustworthiness,
} from '../../../src/lib/ldm/metrics/neighbours.ts';
import { pca, project } from '../../../src/lib/ldm/metrics/pca.ts';
import { luma, ssim, ssimMap } from '../../../src/lib/ldm/metrics/ssim.ts';

interface Cases {
  ssim: { width: number; height: number; a: number[]; b: number[]; ssim: number; middle: number }[];
  loss: { size: number; x: number[]; y: number[]; loss: number };
  pca: {
    points: number[];
    count: number;
    mean: number[];
    components: number[][];
    shares: number[];
    projected: number[][];
    map: number[];
    trustworthiness: Record<string, number>;
  };
}
/** Written by tests/fixtures/make_metrics.py. */
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/metrics/cases.json'), 'utf8'),
) as Cases;

describe('SSIM', () => {
  test.each(cases.ssim)(
    'is that of scikit-image, $width x $height',
    ({ width, height, a, b, ...expected }) => {
      const [x, y] = [luma(a), luma(b)];
      expect(ssim(x, y, width, height)).toBeCloseTo(expected.ssim, 10);
      const map = ssimMap(x, y, width, height);
      const [row, column] = [Math.floor(height / 2) - 5, Math.floor(width / 2) - 5];
      expect(map[row * (width - 10) + column]).toBeCloseTo(expected.middle, 10);
    },
  );

  test('is 1 for equal pictures and refuses others than it says', () => {
    const picture = Uint8Array.from({ length: 144 }, (_, i) => i);
    expect(ssim(picture, picture, 12, 12)).toBeCloseTo(1, 12);
    expect(() => ssim(picture, picture, 12, 11)).toThrow('two pictures of 12 x 11');
    expect(() => ssim(picture, picture, 14.4, 10)).toThrow('at least 11 x 11');
  });
});

describe("the first stage's loss", () => {
  const { size, x, y, loss } = cases.loss;
  test('is what the trainer computes', () => {
    expect(reconstructionLoss(y, x, size)).toBeCloseTo(loss, 7);
    expect(reconstructionLoss(x, x, size)).toBe(0);
  });
  test('refuses pictures of another size', () => {
    expect(() => reconstructionLoss(x, y, size + 1)).toThrow('two pictures of 2500 bytes');
  });
});

describe('equal error', () => {
  const original = Uint8ClampedArray.from({ length: 400 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 200));
  const brighter = (strength: number) =>
    original.map((value, i) => (i % 4 === 3 ? 255 : value + strength + ((i * 0.618) % 1) - 0.5));

  test('rmse leaves alpha out', () => {
    expect(rmse([0, 0, 0, 255], [3, 3, 3, 0])).toBe(3);
    expect(rmse([0, 0, 0, 1], [0, 6, 0, 1])).toBeCloseTo(Math.sqrt(12), 12);
    expect(() => rmse([1], [1, 2])).toThrow('got 1 and 2 bytes');
  });

  test('the strength found has the error wanted, in bytes', () => {
    for (const wanted of [2, 7.3, 31]) {
      const { picture, error } = strengthFor(wanted, original, brighter, 60);
      expect(rmse(original, picture)).toBe(error);
      expect(Math.abs(error / wanted - 1)).toBeLessThan(0.01);
    }
  });

  test('says when a strength is not enough', () => {
    const most = reach(original, brighter, 20);
    expect(most.strength).toBe(20);
    expect(() => strengthFor(most.error * 1.1, original, brighter, 20)).toThrow('expected a strength');
  });
});

describe('PCA', () => {
  const { points, count, mean, components, shares, projected } = cases.pca;
  test('is that of scikit-learn, up to the sign of a component', () => {
    const found = pca(points, count, 3);
    expect([...found.mean].map((value, i) => value - mean[i]!)).toEqual(
      mean.map(() => expect.closeTo(0, 10) as number),
    );
    found.varianceShares.forEach((share, i) => expect(share).toBeCloseTo(shares[i]!, 10));
    found.components.forEach((component, i) => {
      const sign = Math.sign(component[0]! * components[i]![0]!);
      component.forEach((value, j) => expect(sign * value).toBeCloseTo(components[i]![j]!, 8));
      projected.forEach((at, row) =>
        expect(sign * project(found, points.slice(row * 6, row * 6 + 6))[i]!).toBeCloseTo(at[i]!, 8),
      );
    });
  });
  test('refuses one point', () => {
    expect(() => pca([1, 2], 1, 1)).toThrow('two points or more');
  });
});

describe('neighbours', () => {
  test('come nearest first, without the point itself', () => {
    const line = [0, 10, 11, 4];
    expect(nearest(line, [10], 1).map(({ index }) => index)).toEqual([2, 3, 0]);
    expect(nearest([0, 0, 3, 4], [0, 0])).toEqual([
      { index: 0, distance: 0 },
      { index: 1, distance: 5 },
    ]);
    expect(neighbourTable(line, 4, 2)).toEqual([
      [3, 1],
      [2, 3],
      [1, 3],
      [0, 1],
    ]);
    expect(() => nearest([1, 2, 3], [1, 2])).toThrow('rows of 2 numbers');
  });

  test('agreement is the share of pairs with one value', () => {
    const attributes = [0, 1, 0, 2, 1, 2];
    expect(agreement(attributes, 2, [[1], [0], [1]])).toEqual([2 / 3, 1 / 3]);
    expect(chanceAgreement(attributes, 2, 3)).toEqual([1 / 3, 1 / 3]);
  });

  test.each(Object.entries(cases.pca.trustworthiness))(
    'trustworthiness at k = %s is that of scikit-learn',
    (k, value) => {
      expect(trustworthiness(cases.pca.points, cases.pca.map, cases.pca.count, Number(k))).toBeCloseTo(
        value,
        12,
      );
    },
  );
});
