// The colour map of signed numbers: paper at zero, darker with distance, the same range on both sides.
import { expect, test } from 'vitest';
import { divergingColor } from '../../../src/components/kit/pictures/diverging.ts';

const luminance = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

test('zero is the brightest, and both sides get darker', () => {
  for (const side of [-1, 1]) {
    const steps = [0, 0.2, 0.4, 0.6, 0.8, 1].map((x) => luminance(divergingColor(side * x * 3, 3)));
    for (let i = 1; i < steps.length; i++) expect(steps[i]).toBeLessThan(steps[i - 1]!);
  }
});

test('below zero is violet, above is orange', () => {
  const [r1, , b1] = divergingColor(-2, 3);
  const [r2, , b2] = divergingColor(2, 3);
  expect(b1).toBeGreaterThan(r1);
  expect(r2).toBeGreaterThan(b2);
});

test('what lies beyond the range gets the colour of its end', () => {
  expect(divergingColor(99, 3)).toEqual(divergingColor(3, 3));
  expect(divergingColor(-99, 3)).toEqual(divergingColor(-3, 3));
});
