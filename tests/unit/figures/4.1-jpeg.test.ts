// Figure 4.1: where the magnifier looks, and what is said about sizes and encoders.
import { describe, expect, test } from 'vitest';
import type { FigureEngine } from '../../../src/components/kit/frame/defineFigure.ts';
import type { Pixels } from '../../../src/components/kit/pictures/codec.ts';
import definition, {
  CURVE,
  cut,
  encoderTrouble,
  lensAt,
  rateDistortion,
  rawBytes,
  writeShare,
} from '../../../src/components/figures/4.1-jpeg/figure.ts';

describe('the magnifier', () => {
  const sides = { width: 100, height: 60 };
  test('stays inside the picture', () => {
    expect(lensAt(sides, { x: 0, y: 100 })).toEqual({ left: 0, top: 28, width: 48, height: 32 });
    expect(lensAt(sides, { x: 50, y: 50 })).toEqual({ left: 26, top: 14, width: 48, height: 32 });
    expect(lensAt({ width: 9, height: 40 }, { x: 99, y: 0 })).toEqual({
      left: 0,
      top: 0,
      width: 9,
      height: 32,
    });
  });

  test('shows the pixels below it', () => {
    const pixels = Uint8ClampedArray.from({ length: 4 * 3 * 4 }, (_, i) => Math.floor(i / 4));
    const shown = cut({ width: 4, height: 3, pixels }, { left: 1, top: 1, width: 2, height: 2 });
    expect([shown.width, shown.height]).toEqual([2, 2]);
    expect([...shown.pixels].filter((_, i) => i % 4 === 0)).toEqual([5, 6, 9, 10]);
  });
});

test('sizes in words', () => {
  expect(rawBytes({ width: 600, height: 400 })).toBe(720_000);
  expect(writeShare(13_854, 720_000)).toBe('1/52');
  expect(writeShare(300, 720)).toBe('1/2.4');
  expect(writeShare(900, 720)).toBe('1.3 ×');
});

test('an encoder that does something else is named', () => {
  const curve = [10, 90].map((quality) => ({ quality, bytes: 5000, psnr: 30 }));
  expect(encoderTrouble('image/png', [])).toContain('image/png');
  expect(encoderTrouble('image/jpeg', curve)).toContain('ignores the quality');
  expect(encoderTrouble('image/jpeg', [curve[0]!, { ...curve[1]!, bytes: 9000 }])).toBeUndefined();
  expect(encoderTrouble('image/jpeg', [])).toBeUndefined();
});

test('the chart has the curve in kilobytes and the point where the slider stands', () => {
  const curve = [1, 50, 100].map((quality) => ({ quality, bytes: quality * 1000, psnr: 20 + quality / 4 }));
  const { series, y } = rateDistortion(curve, { quality: 7, bytes: 7000, psnr: 22 });
  expect(series[0]?.points.map(({ x }) => x)).toEqual([1, 50, 100]);
  expect(series[1]?.points).toEqual([{ x: 7, y: 22 }]);
  expect(y.domain).toEqual([20, 45]);
});

test('a picture that comes back unchanged has no point on the chart', () => {
  const exact = { quality: 90, bytes: 900, psnr: null };
  const { series, y } = rateDistortion([exact], exact);
  expect(series.map(({ points }) => points)).toEqual([[], []]);
  expect(y.domain).toEqual([20, 60]);
});

describe('what is computed', () => {
  const picture: Pixels = { pixels: new Uint8ClampedArray(60 * 40 * 4).fill(90), width: 60, height: 40 };
  /** Files as large as the quality says, that come back brighter by one level; a file that is not JPEG comes back as it was. */
  const asked: (number | string)[] = [];
  const engine = {
    whole: () => Promise.resolve(picture),
    compress: (of: Pixels, type: string, share?: number) => {
      asked.push(share ?? type);
      const pixels = share === undefined ? of.pixels : of.pixels.map((byte) => byte + 1);
      return Promise.resolve({ ...of, pixels, type, content: new Uint8Array((share ?? 9) * 100) });
    },
  } as unknown as FigureEngine;
  const steps = new Map<string, unknown>();
  const taskOf = (signal: AbortSignal) =>
    ({
      signal,
      memo: async (key: string, compute: () => Promise<unknown>) => {
        if (!steps.has(key)) steps.set(key, await compute());
        return steps.get(key);
      },
    }) as unknown as Parameters<typeof definition.compute>[2];
  const values = { picture: 'cup', quality: 20, split: 50, x: 0, y: 0, view: 'picture' } as const;

  test('the file first; PNG and curve afterwards, which go on where they were stopped', async () => {
    const stop = new AbortController();
    const first = await definition.compute(values, engine, taskOf(stop.signal));
    expect(first.file).toMatchObject({ quality: 20, bytes: 20 });
    expect(first.file.psnr).toBeCloseTo(10 * Math.log10(255 ** 2), 9);
    expect(first).toMatchObject({ curve: [], type: 'image/jpeg' });
    expect(first.png).toBeUndefined();
    expect(first.details.jpeg).toMatchObject({ width: 48, height: 32 });
    expect(asked).toEqual([0.2]);
    stop.abort();
    await expect(definition.afterwards!(first, engine, taskOf(stop.signal))).rejects.toThrow();
    const whole = await definition.afterwards!(first, engine, taskOf(new AbortController().signal));
    expect(whole.png).toBe(900);
    expect(whole.curve.map(({ quality }) => quality)).toEqual(CURVE);
    // Once stopped at the first, then all; the PNG once.
    expect(asked.filter((share) => share === 'image/png')).toHaveLength(1);
    expect(asked).toHaveLength(1 + 1 + 1 + CURVE.length);
    const again = await definition.compute(
      { ...values, quality: 90 },
      engine,
      taskOf(new AbortController().signal),
    );
    expect(again.curve).toEqual(whole.curve);
  });
});
