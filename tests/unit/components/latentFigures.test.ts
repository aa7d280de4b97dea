// The arithmetic of figures 4.3 and 4.8.
import { describe, expect, test } from 'vitest';
import { MAX_SEED, newFace } from '../../../src/components/figures/4.3-autoencoder/figure.ts';
import { decibels, latentRows, writeDecibels } from '../../../src/components/kit/latents/firstStage.ts';
import {
  histogram,
  psnrChart,
  shareAbove,
  throughThumbnail,
} from '../../../src/components/figures/4.8-out-of-distribution/histogram.ts';
import { splitOf } from '../../../src/datasets/faceSplits.ts';

const grey = (level: number) => new Uint8ClampedArray(64 * 64 * 4).fill(level);

describe('4.3', () => {
  test('new faces are faces that no model was trained on, a different one for each seed', () => {
    const faces = [0, 1, 2, MAX_SEED].map(newFace);
    expect(faces.map(splitOf)).toEqual(['test', 'test', 'test', 'test']);
    expect(new Set(faces.map((face) => JSON.stringify(face))).size).toBe(4);
    expect(newFace(1)).toEqual(faces[1]);
  });
  test('decibels are those of red, green and blue; alpha does not count', () => {
    const a = grey(100);
    const b = grey(110);
    for (let i = 3; i < b.length; i += 4) [a[i], b[i]] = [255, 255];
    expect(decibels(a, b)).toBeCloseTo(20 * Math.log10(25.5), 9);
    expect(writeDecibels(decibels(a, b))).toBe('28.1\u00a0dB');
    expect(writeDecibels(decibels(a, a))).toBe('no error');
  });
  test('every latent has its row', () => {
    const rows = latentRows(Float32Array.from({ length: 256 }, (_, i) => i));
    expect(rows).toHaveLength(257);
    expect(rows[1]).toEqual([1, 1, 1, 0]);
    expect(rows[1 + (3 * 8 + 5) * 4 + 2]).toEqual([4, 6, 3, (3 * 8 + 5) * 4 + 2]);
  });
});

describe('4.8', () => {
  test('the histogram counts every face once, empty bins included', () => {
    expect(histogram([24.8, 27, 27.9])).toEqual([
      { x: 24.5, y: 1 },
      { x: 25.5, y: 0 },
      { x: 26.5, y: 0 },
      { x: 27.5, y: 2 },
    ]);
  });
  test('the chart reaches to a picture far below, and above', () => {
    const below = psnrChart([25, 30], 'The cat', 17.1);
    expect(below.x.domain![0]).toBeLessThan(17.1);
    expect(below.rules![0]).toMatchObject({ x: 17.1, label: 'The cat: 17.1\u00a0dB' });
    expect(shareAbove([25, 30], 17.1)).toBe(1);
    expect(shareAbove([25, 30], 27)).toBe(0.5);
  });
  test('a thumbnail keeps what is smooth', () => {
    expect(
      throughThumbnail(
        grey(77).map((x, i) => (i % 4 === 3 ? 255 : x)),
        9,
      )[0],
    ).toBe(77);
  });
});
