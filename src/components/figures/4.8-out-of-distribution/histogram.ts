// Figure 4.8's histogram: how well the autoencoder does on faces, and where another picture stands beside them.
import { resizeRgba } from '../../../userContent/pictures/resize.ts';
import type { ChartSpec } from '../../kit/charts/chart.ts';
import { SIZE, writeDecibels, type Rgba } from '../../kit/latents/firstStage.ts';

/** Counts in bins of one decibel: the middle of each bin and how many values lie in it, none left out between. */
export function histogram(values: readonly number[]): { readonly x: number; readonly y: number }[] {
  const [low, high] = [Math.floor(Math.min(...values)), Math.floor(Math.max(...values))];
  return Array.from({ length: high - low + 1 }, (_, i) => ({
    x: low + i + 0.5,
    y: values.filter((value) => Math.floor(value) === low + i).length,
  }));
}

/**
 * @param facePsnrs of test faces, in decibels
 * @param name of the picture that stands beside them, with its PSNR
 */
export function psnrChart(facePsnrs: readonly number[], name: string, psnr: number): ChartSpec {
  const points = histogram(facePsnrs);
  const low = Math.min(points[0]!.x, psnr) - 3;
  return {
    x: { label: 'PSNR after the autoencoder', unit: 'dB', domain: [low, points.at(-1)!.x + 1] },
    y: { label: 'test faces' },
    series: [{ name: `${facePsnrs.length} test faces`, color: 'pixel', kind: 'bars', points }],
    rules: [{ x: psnr, label: `${name}: ${writeDecibels(psnr)}`, color: 'ink' }],
  };
}

/** Share of the faces that come back better than a picture with this PSNR, 0 to 1. */
export const shareAbove = (facePsnrs: readonly number[], psnr: number): number =>
  facePsnrs.filter((each) => each > psnr).length / facePsnrs.length;

/** A picture after it was stored as `side` x `side` pixels: the plainest code with about as many numbers. */
export function throughThumbnail(picture: Rgba, side: number, size = SIZE): Rgba {
  const small = resizeRgba(picture, { width: size, height: size }, side);
  return resizeRgba(small, { width: side, height: side }, size);
}
