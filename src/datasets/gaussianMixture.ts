// Mixtures of Gaussians in the plane: toy data whose modes can be counted.
import { Rng } from '@noisebook/ldm/numbers';
import type { Point } from './pointClouds.ts';

/** Round Gaussians of one size, each as likely as the others. */
export interface GaussianMixture {
  readonly centers: readonly Point[];
  /** Standard deviation along each axis. */
  readonly sigma: number;
}

/** Modes on a circle, the first on the right, counted anticlockwise. Eight of them are the usual test of a GAN. */
export function ringMixture({ modes = 8, radius = 1.5, sigma = 0.1 } = {}): GaussianMixture {
  const centers = Array.from({ length: modes }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / modes;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return { centers, sigma };
}

/**
 * Points of a mixture, seeded.
 * @returns points [count, 2], and the mode that each is of
 */
export function drawMixture(
  { centers, sigma }: GaussianMixture,
  count: number,
  seed: number,
): { readonly points: Float32Array<ArrayBuffer>; readonly labels: number[] } {
  const rng = new Rng(seed).fork('mixture');
  const points = new Float32Array(2 * count);
  const labels = Array.from({ length: count }, (_, i) => {
    const mode = rng.int(centers.length);
    const [x, y] = centers[mode] ?? [0, 0];
    points.set([x + sigma * rng.normal(), y + sigma * rng.normal()], 2 * i);
    return mode;
  });
  return { points, labels };
}
