// Figure 1.4: the cloud spreads as the formula says and ends as noise; trails, drawings, and what was recorded.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeAlphasCumprod, makeBetas } from '@noisebook/ldm/numbers';
import {
  cloudOf,
  FIRST_DRAWING,
  marginal,
  MAX_DRAWING,
  placesAt,
  readDrawing,
  trail,
  walk,
  writeDrawing,
} from '../../../src/components/figures/1.4-points/pointCloud.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';

const betas = makeBetas(shippedBetas());
const alphasCumprod = makeAlphasCumprod(shippedBetas());
const x0 = cloudOf('moons', '', 7);
const yields: number[] = [];
const work = walk(x0, betas, 7);
let step = work.next();
for (; step.done !== true; step = work.next()) yields.push(step.value);
const way = step.value;

test('the cloud ends as noise, and tells how far it is', () => {
  const end = placesAt(way, 999);
  for (const axis of [0, 1] as const) {
    const { mean, variance } = marginal(end, axis);
    expect(Math.abs(mean)).toBeLessThan(0.2);
    expect(Math.abs(variance - 1)).toBeLessThan(0.2);
  }
  expect(yields.at(-1)).toBe(1000);
});

test('the variance on the way is that of the formula', () => {
  const before = marginal(x0, 0).variance;
  for (const t of [100, 400, 700]) {
    const expected = alphasCumprod[t]! * before + 1 - alphasCumprod[t]!;
    expect(marginal(placesAt(way, t), 0).variance / expected).toBeGreaterThan(0.8);
    expect(marginal(placesAt(way, t), 0).variance / expected).toBeLessThan(1.2);
  }
});

test('a trail goes from the start to where the point is', () => {
  for (const t of [0, 1, 299, 300, 301]) {
    const path = trail(x0, way, 5, t);
    expect(path[0]).toEqual([x0[10], x0[11]]);
    expect(path.at(-1)).toEqual([placesAt(way, t)[10], placesAt(way, t)[11]]);
  }
});

test('a drawing survives the address, and nonsense does no harm', () => {
  const strokes = [
    [
      [0, 0],
      [1, 1],
    ],
    [[-2, 1.5]],
  ] as const;
  const back = readDrawing(writeDrawing(strokes));
  expect(back.map((stroke) => stroke.length)).toEqual([2, 1]);
  strokes.flat().forEach((point, i) => {
    expect(Math.abs(back.flat()[i]![0] - point[0])).toBeLessThan(0.035);
    expect(Math.abs(back.flat()[i]![1] - point[1])).toBeLessThan(0.035);
  });
  expect(FIRST_DRAWING.length).toBeLessThan(MAX_DRAWING);
  for (const text of ['', '.', 'A', '....', 'ü€']) {
    expect(cloudOf('drawn', text, 1)).toEqual(cloudOf('drawn', FIRST_DRAWING, 1));
  }
  expect(cloudOf('drawn', '<script>', 1).every((value) => Math.abs(value) < 3)).toBe(true);
});

test('what is recorded is what the figure computes', () => {
  const file = join(import.meta.dirname, '../../../public/recorded/1-4/recorded.json');
  const { result } = JSON.parse(readFileSync(file, 'utf8')) as { result: { points: number[] } };
  const now = placesAt(way, 150);
  expect(Math.max(...result.points.map((value, i) => Math.abs(value - now[i]!)))).toBeLessThan(1e-4);
});
