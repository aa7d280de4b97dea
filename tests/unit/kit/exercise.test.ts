// Numbers as readers write them.
import { expect, it } from 'vitest';
import { numberFrom } from '../../../src/components/kit/exercise/exercise.ts';

it.each([
  ['12', 12],
  [' 0.5 ', 0.5],
  ['0,5', 0.5],
  ['.5', 0.5],
  ['−3', -3],
  ['12 288', 12288],
  ['12,288', 12288],
  ['1,234,567', 1234567],
  ['0,125', 0.125],
  ['1e-3', 0.001],
  ['', undefined],
  ['twelve', undefined],
  ['1.2.3', undefined],
  ['12 dB', undefined],
])('%j is %s', (text, value) => {
  expect(numberFrom(text)).toBe(value);
});
