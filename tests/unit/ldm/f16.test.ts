// Half precision and bfloat16 against the platform's own arithmetic.
import { expect, test } from 'vitest';
import {
  bfloatToFloat,
  floatToHalf,
  halfToFloat,
  widenBfloat,
  widenHalf,
} from '../../../src/lib/ldm/weights/f16.ts';

test('every half-precision number goes to float and back', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = halfToFloat(bits);
    if (Number.isNaN(value)) expect(floatToHalf(value) & 0x7fff).toBeGreaterThan(0x7c00);
    else expect(floatToHalf(value)).toBe(bits);
  }
});

test('known values', () => {
  expect(halfToFloat(0x3555)).toBe(0.333251953125);
  expect(halfToFloat(0x0001)).toBe(2 ** -24);
  expect(halfToFloat(0x03ff)).toBe(1023 * 2 ** -24);
  expect(halfToFloat(0x7bff)).toBe(65504);
  expect(Object.is(halfToFloat(0x8000), -0)).toBe(true);
  expect(halfToFloat(0xfc00)).toBe(Number.NEGATIVE_INFINITY);
  expect(bfloatToFloat(0x4049)).toBe(3.140625);
});

test('rounds to the nearest, ties to even', () => {
  expect(floatToHalf(1 + 2 ** -11)).toBe(0x3c00);
  expect(floatToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(floatToHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
  expect(floatToHalf(65519)).toBe(0x7bff);
  expect(floatToHalf(65520)).toBe(0x7c00);
  expect(floatToHalf(2 ** -25)).toBe(0);
  expect(floatToHalf(3 * 2 ** -25)).toBe(2);
  expect(floatToHalf(2 ** -14 - 2 ** -26)).toBe(0x0400);
  expect(floatToHalf(-(2 ** -24))).toBe(0x8001);
});

test('agrees with a search over all halves', () => {
  const halves = Array.from({ length: 0x7c00 }, (_, bits) => halfToFloat(bits));
  let state = 1;
  for (let round = 0; round < 3000; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = Math.fround(2 ** ((state % 4096) / 110 - 24) * (1 + (state >>> 12) / 2 ** 20));
    if (value >= 65504) continue;
    const bits = floatToHalf(value);
    const error = Math.abs((halves[bits] ?? 0) - value);
    for (const other of [bits - 1, bits + 1]) {
      const distance = Math.abs((halves[other] ?? Number.POSITIVE_INFINITY) - value);
      expect(error < distance || (error === distance && bits % 2 === 0)).toBe(true);
    }
  }
});

test('whole arrays, little-endian, at any offset', () => {
  const bytes = Uint8Array.of(9, 0x00, 0x3c, 0x00, 0xc0).subarray(1);
  expect(widenHalf(bytes)).toEqual(Float32Array.of(1, -2));
  expect(widenBfloat(Uint8Array.of(9, 0x80, 0x3f, 0x49, 0xc0).subarray(1))).toEqual(
    Float32Array.of(1, -3.140625),
  );
});
