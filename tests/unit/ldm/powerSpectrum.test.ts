// The spectrum of pictures against numpy (tests/fixtures/make_spectrum.py), and by hand.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  axisProfile,
  fft,
  peakHeight,
  powerSpectrum,
  toDecibels,
} from '../../../src/lib/ldm/metrics/powerSpectrum.ts';
import { parseSafetensors } from '../../../src/lib/ldm/weights/safetensors.ts';

const tensors = parseSafetensors(
  readFileSync(new URL('../../fixtures/spectrum/cases.safetensors', import.meta.url)),
);
const SIDE = 32;

function values(name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`The fixture lacks ${name}.`);
  return tensor.data;
}

/** Channels last, as pictures are here. */
function picture(name: string): Float64Array {
  const planes = values(`${name}.picture`);
  return Float64Array.from(
    { length: planes.length },
    (_, i) => planes[(i % 3) * SIDE * SIDE + Math.floor(i / 3)]!,
  );
}

function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const errors = Array.from(expected, (value, i) => Math.abs(actual[i]! - value) / (Math.abs(value) + 1e-3));
  return Math.max(...errors);
}

describe.each(['noise', 'stripes', 'board'])('%s', (name) => {
  const power = powerSpectrum(picture(name), SIDE);

  test('has the power that numpy computes', () => {
    expect(largestError(power, values(`${name}.power`))).toBeLessThan(1e-5);
  });

  test('has its profile and its peaks', () => {
    const profile = axisProfile(power, SIDE);
    expect(largestError(profile, values(`${name}.profile`))).toBeLessThan(1e-5);
    const peaks = [2, 4, 8].map((period) => peakHeight(profile, period));
    expect(largestError(peaks, values(`${name}.peaks`))).toBeLessThan(1e-4);
  });
});

test('a period stands out only where it is', () => {
  const [board, stripes] = ['board', 'stripes'].map((name) =>
    axisProfile(powerSpectrum(picture(name), SIDE), SIDE),
  );
  expect(peakHeight(board!, 2)).toBeGreaterThan(10);
  expect(peakHeight(board!, 4)).toBeLessThan(3);
  expect(peakHeight(stripes!, 4)).toBeGreaterThan(10);
  expect(peakHeight(stripes!, 2)).toBeLessThan(3);
});

test('the power of all waves is the power of all pixels', () => {
  const pixels = picture('noise');
  const sum = powerSpectrum(pixels, SIDE).reduce((a, b) => a + b, 0);
  const expected = pixels.reduce((a, b) => a + b * b, 0) / 3;
  expect(sum).toBeCloseTo(expected, 8);
});

test('one wave is one line', () => {
  const re = Float64Array.from({ length: 16 }, (_, i) => Math.cos((2 * Math.PI * 3 * i) / 16));
  fft(re, new Float64Array(16));
  for (const [i, value] of re.entries()) expect(value).toBeCloseTo(i === 3 || i === 13 ? 8 : 0, 10);
});

test('nothing has a logarithm too', () => {
  expect(toDecibels([0, 1])).toEqual(Float64Array.of(-120, 0));
});

test('says what it expects', () => {
  expect(() => powerSpectrum(new Float32Array(5), 4)).toThrow('Expected 48 numbers, got 5');
  expect(() => fft(new Float64Array(6), new Float64Array(6))).toThrow('Expected a power of two');
});
