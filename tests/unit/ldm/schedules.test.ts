// The schedules on their own: known numbers, and properties that every schedule must have.
import { describe, expect, test } from 'vitest';
import { parseSchedulerConfig, type BetaSettings } from '../../../src/lib/ldm/config/index.ts';
import { makeAlphasCumprod, makeSigmas } from '../../../src/lib/ldm/schedules/alphas.ts';
import { betaQuantile } from '../../../src/lib/ldm/schedules/betaQuantile.ts';
import { makeBetas } from '../../../src/lib/ldm/schedules/betas.ts';
import { countDown, interpolate, linspace, roundHalfEven } from '../../../src/lib/ldm/schedules/numeric.ts';
import { eulerSchedule } from '../../../src/lib/ldm/schedules/sigmas.ts';
import {
  exponentialSigmas,
  karrasSigmas,
  sigmaToTimestep,
} from '../../../src/lib/ldm/schedules/sigmaSpacings.ts';
import { alphaSigma, halfLogSnr, snr } from '../../../src/lib/ldm/schedules/snr.ts';
import { spacedTimesteps } from '../../../src/lib/ldm/schedules/timesteps.ts';

const settings = (changes: Partial<BetaSettings> = {}): BetaSettings => ({
  numTrainTimesteps: 1000,
  betaStart: 0.00085,
  betaEnd: 0.012,
  betaSchedule: 'scaled_linear',
  trainedBetas: null,
  rescaleBetasZeroSnr: false,
  ...changes,
});

const schedules = ['linear', 'scaled_linear', 'squaredcos_cap_v2', 'sigmoid', 'laplace'] as const;

describe('betas and alphas', () => {
  test.each(schedules)('%s: betas in (0, 1), alpha-bar falls', (betaSchedule) => {
    const betas = makeBetas(settings({ betaSchedule }));
    expect(betas.length).toBe(1000);
    expect(betas.every((beta) => beta > 0 && beta < 1)).toBe(true);
    const alphasCumprod = makeAlphasCumprod(settings({ betaSchedule }));
    for (let t = 1; t < 1000; t++) expect(alphasCumprod[t]).toBeLessThan(alphasCumprod[t - 1] ?? 0);
  });

  test('ends of Stable Diffusion\u2019s schedule', () => {
    const betas = makeBetas(settings());
    expect(betas[0]).toBeCloseTo(0.00085, 8);
    expect(betas[999]).toBeCloseTo(0.012, 8);
    // As in every Stable Diffusion: sigma from 0.0292 to 14.6146.
    const sigmas = makeSigmas(settings());
    expect(sigmas[0]).toBeCloseTo(0.0292, 4);
    expect(sigmas[999]).toBeCloseTo(14.6146, 3);
  });

  test('betas can be given', () => {
    expect([...makeBetas(settings({ numTrainTimesteps: 2, trainedBetas: [0.25, 0.5] }))]).toEqual([
      0.25, 0.5,
    ]);
    expect([...makeAlphasCumprod(settings({ numTrainTimesteps: 2, trainedBetas: [0.25, 0.5] }))]).toEqual([
      0.75, 0.375,
    ]);
  });

  test.each(schedules)('%s: zero terminal SNR leaves no signal, and the start as it was', (betaSchedule) => {
    const plain = makeAlphasCumprod(settings({ betaSchedule }));
    const rescaled = makeAlphasCumprod(settings({ betaSchedule, rescaleBetasZeroSnr: true }));
    expect(rescaled[999]).toBe(0);
    expect(rescaled[0]).toBeCloseTo(plain[0] ?? 0, 5);
    expect(makeSigmas(settings({ betaSchedule, rescaleBetasZeroSnr: true }))[999]).toBeCloseTo(4096, 1);
  });
});

describe('signal to noise', () => {
  test('ratios and their logarithm', () => {
    expect(snr(0.8)).toBeCloseTo(4, 12);
    expect(halfLogSnr(0.5)).toBe(0);
    expect(halfLogSnr(0.8)).toBeCloseTo(Math.log(2), 12);
    const { alpha, sigma } = alphaSigma(0.75);
    expect([alpha, sigma]).toEqual([0.8, expect.closeTo(0.6, 12)]);
    expect(alphaSigma(0)).toEqual({ alpha: 1, sigma: 0 });
  });
});

describe('timesteps', () => {
  const spaced = (timestepSpacing: 'leading' | 'trailing' | 'linspace', steps: number, stepsOffset = 0) =>
    spacedTimesteps({ numTrainTimesteps: 1000, timestepSpacing, stepsOffset }, steps);

  test('table 2 of Lin et al. 2023', () => {
    expect(spaced('leading', 10)).toEqual([900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
    expect(spaced('leading', 3, 1)).toEqual([667, 334, 1]);
    expect(spaced('trailing', 10)).toEqual([999, 899, 799, 699, 599, 499, 399, 299, 199, 99]);
    expect(spaced('trailing', 3, 1)).toEqual([999, 666, 332]); // ignores the offset
    expect(spaced('linspace', 5)).toEqual([999, 749, 500, 250, 0]); // 499.5 and 249.75
    expect(spaced('linspace', 1)).toEqual([0]);
  });

  test.each(['leading', 'trailing', 'linspace'] as const)(
    '%s: always the number asked for, falling',
    (spacing) => {
      for (let steps = 1; steps <= 1000; steps += steps < 120 ? 1 : 31) {
        const timesteps = spaced(spacing, steps);
        expect(timesteps.length).toBe(steps);
        expect(timesteps.every((t, i) => t >= 0 && t < (timesteps[i - 1] ?? 1000))).toBe(true);
      }
    },
  );

  test('61 trailing steps stay 61 (rounding gives NumPy one more)', () => {
    expect(countDown(1000, 1000 / 61).length).toBe(62);
    expect(spaced('trailing', 61).at(-1)).toBe(15);
  });
});

describe('sigmas', () => {
  test('Karras and exponential spacings', () => {
    const karras = karrasSigmas(80, 0.002, 3);
    expect([karras[0], karras[2]]).toEqual([expect.closeTo(80, 9), expect.closeTo(0.002, 9)]);
    expect(karras[1]).toBeCloseTo(((80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2) ** 7, 9);
    expect(exponentialSigmas(100, 1, 3)[1]).toBeCloseTo(10, 9);
  });

  test('sigma and timestep, there and back', () => {
    const sigmas = makeSigmas(settings());
    const logSigmas = sigmas.map(Math.log);
    for (const t of [0, 1, 17, 500, 998, 999]) {
      expect(sigmaToTimestep(sigmas[t] ?? 0, logSigmas)).toBeCloseTo(t, 2);
    }
    const between = Math.exp(((logSigmas[500] ?? 0) + (logSigmas[501] ?? 0)) / 2);
    expect(sigmaToTimestep(between, logSigmas)).toBeCloseTo(500.5, 2);
    expect(sigmaToTimestep(1e9, logSigmas)).toBe(999);
    expect(sigmaToTimestep(0, logSigmas)).toBe(0);
  });

  test('quantiles of the beta distribution (values of scipy.stats.beta.ppf)', () => {
    expect(betaQuantile(0.1, 0.6, 0.6)).toBeCloseTo(0.03958440558878085, 12);
    expect(betaQuantile(0.5, 0.6, 0.6)).toBeCloseTo(0.5, 12);
    expect(betaQuantile(0.9, 0.6, 0.6)).toBeCloseTo(1 - 0.03958440558878085, 12);
    expect([betaQuantile(0, 0.6, 0.6), betaQuantile(1, 0.6, 0.6)]).toEqual([0, 1]);
    expect(betaQuantile(0.3, 1, 1)).toBeCloseTo(0.3, 12);
    expect(betaQuantile(0.25, 2, 1)).toBeCloseTo(0.5, 12);
  });

  test('Euler ends at 0, or at the smallest sigma', () => {
    const parse = (changes: object) => parseSchedulerConfig(changes, 'x', 'EulerDiscreteScheduler');
    for (const [final_sigmas_type, last] of [
      ['zero', 0],
      ['sigma_min', 0.01],
    ] as const) {
      const config = parse({ final_sigmas_type });
      if (config.className !== 'EulerDiscreteScheduler') throw new Error('unreachable');
      const { sigmas, timesteps } = eulerSchedule(config, 7);
      expect([timesteps.length, sigmas.length]).toEqual([7, 8]);
      expect(sigmas[7]).toBeCloseTo(last, 4);
    }
  });
});

describe('numerics', () => {
  test('halves go to the even neighbour', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6, 7].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 3, 7]);
  });

  test('linspace hits both ends, interpolation stays inside', () => {
    expect([...linspace(0, 1, 5)]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect([...linspace(3, 4, 1)]).toEqual([3]);
    expect([-1, 0, 0.5, 1.75, 2, 9].map((at) => interpolate(at, [10, 20, 40]))).toEqual([
      10, 10, 15, 35, 40, 40,
    ]);
  });
});
