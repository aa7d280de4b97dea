// The learning rate over a run, the EMA's warm-up, and min-SNR weights: numbers without tensors.
import { describe, expect, test } from 'vitest';
import { predictionWeights } from '../../../src/lib/ldm/diffusion/prediction.ts';
import { minSnrWeight } from '../../../src/lib/ldm/training/diffusionLoss.ts';
import { emaDecay } from '../../../src/lib/ldm/training/ema.ts';
import { learningRateAt } from '../../../src/lib/ldm/training/learningRate.ts';

test('the learning rate climbs to its peak and falls to its floor', () => {
  const options = { base: 1e-3, steps: 1000, warmup: 50, floor: 0.02 };
  const rates = Array.from({ length: 1001 }, (_, step) => learningRateAt(step, options));
  expect(rates[0]).toBeCloseTo(1e-3 / 50, 12);
  expect(Math.max(...rates)).toBe(rates[49]);
  expect(rates[49]).toBeGreaterThan(0.99e-3);
  expect(rates[500]).toBeCloseTo(0.51e-3, 9);
  expect(rates[1000]).toBeCloseTo(0.02e-3, 12);
  expect(rates.every((rate, i) => i === 0 || rate > (rates[i - 1] as number) === i < 50)).toBe(true);
  expect(learningRateAt(5000, options)).toBe(rates[1000]);
  expect(learningRateAt(0, { base: 2, steps: 10 })).toBe(2);
});

test('the share of the old average grows as in EMAModel', () => {
  // EMAModel(decay=0.9, use_ema_warmup=True, inv_gamma=2, power=0.75).get_decay(1 to 4, 100)
  const options = { decay: 0.9, inverseGamma: 2, power: 0.75 };
  const expected = [0, 0.26221205, 0.40539644, 0.49702663, 0.9];
  expect([1, 2, 3, 4, 100].map((count) => emaDecay(count, options))).toEqual(
    expected.map((value): unknown => expect.closeTo(value, 6)),
  );
});

describe('min-SNR', () => {
  const vp = (angle: number): { alpha: number; sigma: number } => ({
    alpha: Math.cos(angle),
    sigma: Math.sin(angle),
  });

  test.each(['epsilon', 'sample', 'v_prediction'] as const)(
    '%s: the error in x0 counts min(SNR, gamma)',
    (type) => {
      for (const angle of [0.05, 0.4, 0.8, 1.2, 1.5]) {
        const level = vp(angle);
        const snr = (level.alpha / level.sigma) ** 2;
        // how far an error of the output moves x0
        const [, move] = predictionWeights(type, level).predX0;
        expect(minSnrWeight(type, level, 5) / (move * move)).toBeCloseTo(Math.min(snr, 5), 9);
      }
    },
  );

  test('flow: the same', () => {
    for (const sigma of [0.01, 0.3, 0.5, 0.9, 0.99]) {
      const level = { alpha: 1 - sigma, sigma };
      const [, move] = predictionWeights('flow', level).predX0;
      const snr = ((1 - sigma) / sigma) ** 2;
      expect(minSnrWeight('flow', level, 5) / (move * move)).toBeCloseTo(Math.min(snr, 5), 9);
    }
  });

  test('pure noise and a clean picture have weights, too', () => {
    for (const type of ['epsilon', 'sample', 'v_prediction', 'flow'] as const) {
      for (const level of [
        { alpha: 1, sigma: 0 },
        { alpha: 0, sigma: 1 },
      ]) {
        expect(minSnrWeight(type, level, 5)).toBeGreaterThanOrEqual(0);
        expect(minSnrWeight(type, level, 5)).toBeLessThanOrEqual(5);
      }
    }
    expect(() => minSnrWeight('epsilon', { alpha: 1, sigma: 1 }, 0)).toThrow('expected a gamma above 0');
  });
});
