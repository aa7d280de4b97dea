// Counting on latents: moments, neighbours, shuffles.
import { expect, test } from 'vitest';
import {
  channelMoments,
  neighbourCorrelation,
  shuffleCells,
} from '../../../src/lib/ldm/metrics/latentStatistics.ts';
import { Rng } from '../../../src/lib/ldm/base/rng.ts';

test('mean and spread of each channel, channels last', () => {
  const [a, b] = channelMoments([1, 10, 3, 10, 5, 10], 2);
  expect(a!.mean).toBe(3);
  expect(a!.std).toBeCloseTo(Math.sqrt(8 / 3), 10);
  expect(b).toEqual({ mean: 10, std: 0 });
});

test('neighbours that change sign are anticorrelated, halves are correlated, noise is neither', () => {
  const checkers = Array.from({ length: 64 }, (_, i) => ((i + (i >> 3)) % 2 === 0 ? 1 : -1));
  expect(neighbourCorrelation(checkers, 8, 8, 1)).toBeCloseTo(-1, 10);
  const halves = Array.from({ length: 64 }, (_, i) => (i < 32 ? 1 : -1));
  expect(neighbourCorrelation(halves, 8, 8, 1)).toBeCloseTo((112 - 16) / 112, 10);
  const noise = new Rng(3).fillNormal(new Float32Array(64 * 64 * 4));
  expect(Math.abs(neighbourCorrelation(noise, 64, 64, 4))).toBeLessThan(0.02);
  expect(neighbourCorrelation(new Float32Array(16), 4, 4, 1)).toBeNaN();
});

test('a shuffle keeps every cell whole and every number', () => {
  const latents = Float32Array.from({ length: 64 * 4 }, (_, i) => i);
  const shuffled = shuffleCells(latents, 4, new Rng(1));
  expect([...shuffled]).not.toEqual([...latents]);
  expect([...shuffled].sort((a, b) => a - b)).toEqual([...latents]);
  for (let i = 0; i < shuffled.length; i += 4) {
    expect(shuffled[i]! % 4).toBe(0);
    expect(shuffled[i + 3]! - shuffled[i]!).toBe(3);
  }
  expect([...shuffleCells(latents, 4, new Rng(1))]).toEqual([...shuffled]);
});
