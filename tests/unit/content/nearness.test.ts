// What chapter 4 says of neighbours in latents: they keep the nearness of the pixels and add none.
import { expect, test } from 'vitest';
import { readRecording } from '../../../src/siteData/recordings.ts';
import type { Study } from '../../../src/components/figures/4.5-latent-map/figure.ts';

test('neighbours in latents share as many facts as neighbours in pixels, and more than the lot gives', () => {
  const { study } = readRecording('4-5') as { readonly study: Pick<Study, 'agreement'> };
  const { agreement } = study;
  const sum = (shares: readonly number[]): number => shares.reduce((a, b) => a + b, 0);
  const [latent, pixel, chance] = [agreement.latent, agreement.pixel, agreement.chance].map(sum);
  expect(Math.abs(latent! - pixel!)).toBeLessThan(0.1);
  expect(latent).toBeGreaterThan(1.5 * chance!);
});
