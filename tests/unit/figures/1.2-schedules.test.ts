// Figure 1.2: the cosine is the shipped model's, and what each schedule leaves at its end.
import { expect, test } from 'vitest';
import { makeAlphasCumprod } from '@noisebook/ldm/numbers';
import { curves } from '../../../src/components/figures/1.2-schedules/figure.ts';
import { readingAt, schedules, share } from '../../../src/components/figures/1.2-schedules/schedules.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';

test('the cosine is the shipped model’s', () => {
  expect(curves[schedules.findIndex(({ id }) => id === 'cosine')]).toEqual(makeAlphasCumprod(shippedBetas()));
});

test('what is left at the end', () => {
  const left = curves.map((curve) => share(readingAt(curve, 999).alpha));
  expect(left).toEqual(['0.00635', '0.0683', '4.9\u00a0×\u00a010⁻⁵', '0']);
  expect(readingAt(curves[3]!, 999).logSnr).toBe(Number.NEGATIVE_INFINITY);
});
