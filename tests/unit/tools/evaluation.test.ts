// Two measurements of one thing agree, and of two things do not; stored ones are found by their path.
import { expect, test } from 'vitest';
import { agree, compareAll, storedMeasurement } from '../../../tools/lib/evaluation/compare.ts';

const metrics = {
  splits: {
    test: {
      psnr: 33,
      psnrInterval: [32, 34],
      samples: {
        '2.5': {
          mean: 0.9,
          meanInterval: [0.88, 0.92],
          perAttribute: { skin: 1 },
          perAttributeInterval: { skin: [1, 1] },
        },
      },
    },
  },
  spectrum: { real: { '2': { mean: -1.5, interval: [-1.6, -1.4] } } },
  frechet: { first: { samples: { value: 8, standardError: 0.5 } } },
  old: { mean: 0.5 },
};

test.each<[string, number, [number, number]]>([
  ['splits/test/psnr', 33, [32, 34]],
  ['splits/test/samples/2.5/mean', 0.9, [0.88, 0.92]],
  ['splits/test/samples/2.5/perAttribute/skin', 1, [1, 1]],
  ['spectrum/real/2', -1.5, [-1.6, -1.4]],
  ['frechet/first/samples', 8, [7.02, 8.98]],
  ['old/mean', 0.5, [0.5, 0.5]],
])('%s', (path, value, [low, high]) => {
  const found = storedMeasurement(metrics, path);
  expect(found?.value).toBe(value);
  expect(found?.interval[0]).toBeCloseTo(low, 10);
  expect(found?.interval[1]).toBeCloseTo(high, 10);
});

test('what is not stored is not compared', () => {
  const results = new Map([['splits/test/none', { value: 1, interval: [1, 1] as const }]]);
  expect(compareAll(results, metrics, 100)[0]).toMatchObject({ there: undefined, agrees: undefined });
  expect(compareAll(results, null, 100)[0]).toMatchObject({ agrees: undefined });
});

test('agreement reaches as far as three standard errors of the difference', () => {
  const around = (value: number) => ({ value, interval: [value - 0.0196, value + 0.0196] as const });
  expect(agree(around(0.9), around(0.94), 0)).toBe(true); // 0.01 each: 0.0424 together
  expect(agree(around(0.9), around(0.943), 0)).toBe(false);
  const sure = { value: 1, interval: [1, 1] as const };
  expect(agree(sure, { ...sure, value: 0.995 }, 3 / 500)).toBe(true);
  expect(agree(sure, { ...sure, value: 0.99 }, 3 / 500)).toBe(false);
});
