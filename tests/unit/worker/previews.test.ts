// Pictures of latents: exact bytes, the quick linear kind, and when there is time for which.
import { describe, expect, test } from 'vitest';
import { LinearPreview, type PreviewSizes } from '../../../src/engine/worker/linearPreview.ts';
import { toRgba } from '../../../src/engine/worker/pixels.ts';
import { PreviewBudget } from '../../../src/engine/worker/previewBudget.ts';

describe('toRgba', () => {
  test('maps -1..1 to 0..255, rounds, clips, and makes pixels opaque', () => {
    const rgba = toRgba(Float32Array.of(-1, 0, 1, -7, 7, Number.NaN));
    expect([...rgba]).toEqual([0, 128, 255, 255, 0, 255, 0, 255]);
  });

  test('refuses what is no picture', () => {
    expect(() => toRgba(new Float32Array(4))).toThrow(/3 channels/);
  });
});

describe('LinearPreview', () => {
  const sizes: PreviewSizes = {
    imageWidth: 16,
    imageHeight: 16,
    latentWidth: 4,
    latentHeight: 4,
    latentChannels: 4,
  };
  const colour = (x: Float32Array | number[]): number[] => [
    120 + 30 * (x[0] ?? 0) - 10 * (x[3] ?? 0),
    100 + 25 * (x[1] ?? 0),
    90 - 20 * (x[2] ?? 0) + 5 * (x[0] ?? 0),
  ];
  /** Latents that vary with `salt` and pictures whose patches have the colours of a known matrix. */
  function example(numImages: number, salt: number): { latents: Float32Array; rgba: Uint8ClampedArray } {
    const latents = Float32Array.from(
      { length: numImages * 64 },
      (_, i) => (((i + 7) ** 2 * (31 + salt) * 2654435761) % 1013) / 338 - 1.5,
    );
    const rgba = new Uint8ClampedArray(numImages * 16 * 16 * 4).fill(255);
    for (let pixel = 0; pixel < numImages * 256; pixel++) {
      const cell = Math.floor(pixel / 64) * 4 + Math.floor((pixel % 16) / 4);
      rgba.set(colour(latents.subarray(cell * 4, cell * 4 + 4)).map(Math.round), pixel * 4);
    }
    return { latents, rgba };
  }

  test('finds the matrix behind the pictures it saw', () => {
    const preview = new LinearPreview(sizes);
    expect(preview.isReady).toBe(false);
    expect(() => preview.draw(new Float32Array(64))).toThrow(/learn/);
    const seen = example(2, 1);
    preview.learn(seen.latents, seen.rgba);
    // The same latents in every cell of an image: smoothing changes nothing.
    const cell = [0.7, -1.1, 0.4, 0.9];
    const other = [-0.3, 0.2, 1.2, -0.8];
    const latents = Float32Array.from({ length: 128 }, (_, i) => (i < 64 ? cell : other)[i % 4] ?? NaN);
    const drawn = preview.draw(latents);
    expect(drawn).toHaveLength(2 * 16 * 16 * 4);
    for (const [image, x] of [cell, other].entries()) {
      const expected = colour(x);
      for (const pixel of [0, 17, 255]) {
        for (let c = 0; c < 3; c++) {
          const value = drawn[(image * 256 + pixel) * 4 + c] ?? NaN;
          expect(Math.abs(value - (expected[c] ?? NaN))).toBeLessThan(1.5);
        }
        expect(drawn[(image * 256 + pixel) * 4 + 3]).toBe(255);
      }
    }
  });

  test('survives latents that say nothing', () => {
    const preview = new LinearPreview(sizes);
    preview.learn(new Float32Array(64), new Uint8ClampedArray(1024).fill(200));
    expect(preview.draw(new Float32Array(64))[0]).toBeGreaterThan(195);
  });
});

describe('PreviewBudget', () => {
  /** How many of `total` steps are decoded when a step and a decode take this long. */
  function decoded(total: number, stepMs: number, decodeMs: number): number {
    const budget = new PreviewBudget(total);
    let count = 0;
    for (let i = 0; i < total; i++) {
      budget.stepTook(stepMs);
      if (!budget.allows()) continue;
      count++;
      budget.decodeTook(decodeMs);
    }
    return count;
  }

  test('a fast machine decodes every step', () => {
    expect(decoded(12, 150, 100)).toBe(12);
  });

  test('a slow first step and decode, while the backend warms up, spoil nothing', () => {
    const budget = new PreviewBudget(12);
    const allowed = Array.from({ length: 12 }, (_, i) => {
      budget.stepTook(i === 0 ? 600 : 120);
      const allows = budget.allows();
      if (allows) budget.decodeTook(i === 0 ? 300 : 90);
      return allows;
    });
    expect(allowed).toEqual(Array(12).fill(true));
  });

  test('a slow one decodes some, in a share of its time', () => {
    const count = decoded(12, 500, 500);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(5);
  });

  test('a very slow decoder is asked once', () => {
    expect(decoded(12, 100, 20_000)).toBe(1);
  });
});
