// When a run stops by itself, and what it says.
import { describe, expect, test } from 'vitest';
import { averageDecay } from '../../../../src/lib/ldm/training/optimizer.ts';
import { phaseLearningRate } from '../../../../src/lib/ldm/training/phaseLearningRate.ts';
import { Stability } from '../../../../src/lib/ldm/training/stability.ts';
import { TrainingStoppedError } from '../../../../src/lib/ldm/training/types.ts';

const reasonOf = (act: () => void): string | undefined => {
  try {
    act();
  } catch (error) {
    if (error instanceof TrainingStoppedError) return error.reason;
    throw error;
  }
  return undefined;
};

describe('Stability', () => {
  test.each([
    [Number.NaN, 1, 'loss'],
    [Number.POSITIVE_INFINITY, 1, 'loss'],
    [0.5, Number.NaN, 'gradient'],
  ])('stops at loss %d and gradient norm %d, and says what to change', (loss, norm, what) => {
    const stability = new Stability('denoiser');
    stability.check(1, 1, 0.003);
    expect(reasonOf(() => stability.check(loss, norm, 0.003))).toBe('not-a-number');
    expect(() => stability.check(loss, norm, 0.003)).toThrow(
      new RegExp(`step 2 of the denoiser the ${what} .*lower learning rate: try 0.001 instead of 0.0030`),
    );
  });

  test('stops when the loss runs away', () => {
    const stability = new Stability('autoencoder');
    for (let step = 0; step < 100; step++) stability.check(1 / (1 + step), 1, 0.01);
    const stopped = Array.from({ length: 200 }, (_, step) =>
      reasonOf(() => stability.check(2 ** step / 50, 1, 0.01)),
    ).findIndex((reason) => reason === 'exploding');
    expect(stopped).toBeGreaterThan(8);
    expect(stopped).toBeLessThan(40);
  });

  test('puts up with noise, single spikes and a new level', () => {
    const stability = new Stability('denoiser');
    for (let step = 0; step < 500; step++) {
      const spike = step % 90 === 89 ? 20 : 1;
      expect(
        reasonOf(() => stability.check((spike * (1 + Math.sin(step))) / 2 + 0.05, 1, 0.01)),
      ).toBeUndefined();
    }
  });

  test('goes on from its state', () => {
    const whole = new Stability('denoiser');
    for (let step = 0; step < 20; step++) whole.check(1 + (step % 3), 1, 0.01);
    const again = new Stability('denoiser', whole.state);
    whole.check(2, 1, 0.01);
    again.check(2, 1, 0.01);
    expect(again.state).toEqual(whole.state);
  });
});

test('the learning rate climbs, peaks and falls almost to nothing', () => {
  const rates = Array.from({ length: 1000 }, (_, step) => phaseLearningRate(step, 0.01, 1000));
  expect(Math.max(...rates)).toBeGreaterThan(0.0099);
  expect(rates[0]).toBeLessThan(0.001);
  expect(rates.indexOf(Math.max(...rates))).toBe(49);
  expect(rates[999]).toBeCloseTo(0.0002, 5);
});

test('the average remembers longer in longer runs', () => {
  expect(averageDecay(400)).toBeCloseTo(0.995, 6);
  expect(averageDecay(1800)).toBeCloseTo(0.995, 6);
  expect(averageDecay(5000)).toBeCloseTo(0.999, 6);
  expect(averageDecay(15_000)).toBeCloseTo(0.999, 6);
});
