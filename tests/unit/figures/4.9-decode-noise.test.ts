// The grids of figure 4.9: noise that a generation starts from, a shuffle that keeps what is counted.
import { expect, test } from 'vitest';
import { Rng } from '@noisebook/ldm/numbers';
import {
  noiseLatents,
  shuffledLatents,
  statistics,
} from '../../../src/components/figures/4.9-decode-noise/figure.ts';

test('noise is what a generation with the same seed starts from, times the temperature', () => {
  const start = new Rng(6).fork(0);
  const noise = noiseLatents(6, 1);
  expect(noise[0]).toBeCloseTo(start.normal(), 6);
  expect(noise[1]).toBeCloseTo(start.normal(), 6);
  expect(noiseLatents(6, 0.5)[1]).toBeCloseTo(noise[1]! / 2, 6);
});
test('its channels have mean 0 and spread 1, and its neighbours have nothing to do with each other', () => {
  const many = Array.from({ length: 200 }, (_, seed) => statistics(noiseLatents(seed, 1)));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  for (let c = 0; c < 4; c++) {
    expect(Math.abs(mean(many.map(({ channels }) => channels[c]!.mean)))).toBeLessThan(0.03);
    expect(mean(many.map(({ channels }) => channels[c]!.std))).toBeCloseTo(1, 1);
  }
  expect(Math.abs(mean(many.map(({ neighbours }) => neighbours)))).toBeLessThan(0.03);
});
test('a shuffle changes neighbours, nothing that is counted channel by channel', () => {
  const smooth = Float32Array.from({ length: 256 }, (_, i) => Math.floor(i / 32) + (i % 4));
  const before = statistics(smooth);
  const after = statistics(shuffledLatents(smooth, 6));
  after.channels.forEach(({ mean, std }, c) => {
    expect(mean).toBeCloseTo(before.channels[c]!.mean, 9);
    expect(std).toBeCloseTo(before.channels[c]!.std, 9);
  });
  expect(before.neighbours).toBeGreaterThan(0.8);
  expect(Math.abs(after.neighbours)).toBeLessThan(0.3);
});
