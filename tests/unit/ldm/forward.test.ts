// The forward process: one jump is what many small steps come to, and only with the right scale.
import { describe, expect, test } from 'vitest';
import {
  kolmogorovSmirnov,
  kolmogorovSmirnovLimit,
  moments,
} from '../../../src/lib/ldm/metrics/distribution.ts';
import { Rng } from '../../../src/lib/ldm/base/rng.ts';
import { makeAlphasCumprod } from '../../../src/lib/ldm/schedules/alphas.ts';
import { makeBetas } from '../../../src/lib/ldm/schedules/betas.ts';
import { forwardJump, forwardStep, signalAndNoise } from '../../../src/lib/ldm/schedules/forward.ts';

const settings = {
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
  trainedBetas: null,
  rescaleBetasZeroSnr: false,
} as const;
const betas = makeBetas(settings);
const alphasCumprod = makeAlphasCumprod(settings);
const sorted = (values: Float32Array): Float32Array => values.slice().sort();

describe('one jump', () => {
  test('mixes by the square roots', () => {
    const level = signalAndNoise(0.36);
    expect(level).toEqual({ alpha: 0.6, sigma: 0.8 });
    const x = forwardJump(Float32Array.of(1, -1, 0), Float32Array.of(0, 1, -0.5), level);
    expect([...x].map((value) => Number(value.toFixed(6)))).toEqual([0.6, 0.2, -0.4]);
  });

  test('leaves x0 alone, or writes where it is told to', () => {
    const x0 = Float32Array.of(1, 2);
    const noise = Float32Array.of(3, 4);
    expect([...forwardJump(x0, noise, signalAndNoise(0))]).toEqual([3, 4]);
    expect([...x0]).toEqual([1, 2]);
    expect(forwardJump(x0, noise, signalAndNoise(1), noise)).toBe(noise);
    expect([...noise]).toEqual([1, 2]);
  });

  test('refuses noise of another size', () => {
    const jump = () => forwardJump(new Float32Array(3), new Float32Array(2), signalAndNoise(0.5));
    expect(jump).toThrow(/each of 3 values, got 2 and 3/);
  });
});

describe('many small steps', () => {
  const count = 4000;
  const walk = (t: number, keep?: number): Float32Array => {
    const x = new Float32Array(count).fill(0.7);
    const rng = new Rng(3);
    for (const beta of betas.subarray(0, t + 1)) forwardStep(x, beta, rng, keep);
    return x;
  };
  const jump = (t: number): Float32Array =>
    forwardJump(
      new Float32Array(count).fill(0.7),
      new Rng(4).fillNormal(new Float32Array(count)),
      signalAndNoise(alphasCumprod[t]!),
    );
  const limit = kolmogorovSmirnovLimit(count, count);

  test.each([0, 100, 400, 999])('t = %i: as one jump, in distribution', (t) => {
    const [a, b] = [walk(t), jump(t)];
    expect(kolmogorovSmirnov(sorted(a), sorted(b))).toBeLessThan(limit);
    const { alpha, sigma } = signalAndNoise(alphasCumprod[t]!);
    const { mean, variance } = moments(a);
    // Four standard errors.
    expect(Math.abs(mean - 0.7 * alpha)).toBeLessThan((4 * sigma) / Math.sqrt(count));
    expect(Math.abs(variance / sigma ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });

  test('without the factor sqrt(1 - beta) they end elsewhere', () => {
    const a = walk(600, 1);
    expect(kolmogorovSmirnov(sorted(a), sorted(jump(600)))).toBeGreaterThan(4 * limit);
    // The variance is now the sum of the betas.
    const sum = betas.subarray(0, 601).reduce((total, beta) => total + beta, 0);
    expect(moments(a).variance / sum).toBeCloseTo(1, 1);
  });
});
