// Figure 1.1: bytes and values, the same noise from the same seed, and what was recorded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import definition, { noised, SIZE } from '../../../src/components/figures/1.1-add-noise/figure.ts';
import { noiseFor, rgbaOf, valuesOf } from '../../../src/components/kit/noise/pixelValues.ts';
import { fixed } from '../../../src/writing/numbers.ts';
import { levelAt } from '../../../src/components/kit/noise/schedule.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';
import { readPicture } from '../../../tools/lib/pictures.ts';

const root = join(import.meta.dirname, '../../..');
const { result: recorded } = JSON.parse(
  readFileSync(join(root, 'public/recorded/1-1/recorded.json'), 'utf8'),
) as { result: { bars: number[]; mean: number; variance: number; outside: number } };
const level = levelAt(shippedBetas(), definition.fields.t.fallback);

test('bytes and values, there and back; what leaves the range is black or white', () => {
  const bytes = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => (i % 4 === 3 ? 255 : i >> 2));
  const values = valuesOf(bytes);
  expect([values[0], values[3 * 255]]).toEqual([-1, 1]);
  expect(rgbaOf(values)).toEqual(bytes);
  expect([...rgbaOf(Float32Array.of(-3, 0, 3))]).toEqual([0, 128, 255, 255]);
});

test('pictures are written into the room that is given, and are new to whoever draws them', () => {
  const room = new Uint8ClampedArray(4);
  const first = rgbaOf(Float32Array.of(1, 1, 1), 0.5, room);
  const second = rgbaOf(Float32Array.of(1, 1, 1), -1, room);
  expect(second).not.toBe(first);
  expect(second.buffer).toBe(room.buffer);
  expect([...second]).toEqual([0, 0, 0, 255]);
});

test('what is recorded is what the figure computes', async () => {
  const x0 = valuesOf(await readPicture('cat', SIZE));
  const now = noised(x0, noiseFor(x0.length, 7), level.alpha ** 2);
  for (const name of ['mean', 'variance', 'outside'] as const) {
    expect(recorded[name], name).toBeCloseTo(now[name], 6);
  }
  expect(Math.max(...now.bars.map((bar, i) => Math.abs(bar - recorded.bars[i]!)))).toBeLessThan(1e-4);
  const above = now.x.filter((value) => Math.abs(value) > 1).length;
  expect(now.outside).toBeCloseTo(above / x0.length, 12);
});

test('the formula in the text says the recorded numbers', () => {
  const text = readFileSync(join(root, 'src/content/chapters/01-noise.mdx'), 'utf8');
  expect(text).toContain(`\\live{1.1.signal}{${fixed(level.alpha, 3)}}`);
  expect(text).toContain(`\\live{1.1.noise}{${fixed(level.sigma, 3)}}`);
  expect(text).toContain(`<Live name="1.1.alphaBar">${fixed(level.alpha ** 2, 3)}</Live>`);
  expect(text).toContain(`<Live name="1.1.outside">${fixed(100 * recorded.outside, 0)}</Live>`);
});

test('the same seed gives the same noise', () => {
  expect(noiseFor(50, 3)).toEqual(noiseFor(50, 3));
  expect(noiseFor(50, 3)).not.toEqual(noiseFor(50, 4));
});
