// The space of six numbers: points that sliders can show, ways along one number, labels that were measured.
import { describe, expect, test } from 'vitest';
import {
  barsWithin,
  COUNT,
  labelOf,
  LIMIT,
  onSliders,
  randomPoint,
  rowsOf,
  STOPS,
  traversal,
} from '../../../src/components/figures/4.7-six-numbers/figure.ts';
import { Rng } from '@noisebook/ldm/numbers';

test('points are put on the sliders’ steps, and within their ends', () => {
  expect(onSliders([0.123, -0.02, 9, -9, 1.4749, 0])).toEqual([0.1, 0, 3, -3, 1.45, 0]);
  expect(Object.is(onSliders([-0.01])[0], 0)).toBe(true);
});

test('random points are those of a standard normal distribution', () => {
  const values = Array.from({ length: 2000 }, (_, i) => randomPoint(new Rng(i))).flat();
  expect(values).toHaveLength(2000 * COUNT);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan(0.04);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(LIMIT);
});

test('a way along one number keeps the others', () => {
  const point = [0.5, -1, 0, 2, 0.25, -0.1];
  const way = traversal(point, 2);
  expect(way.map((each) => each[2])).toEqual([...STOPS]);
  for (const each of way) expect(each.toSpliced(2, 1)).toEqual(point.toSpliced(2, 1));
});

describe('labels', () => {
  const measured = (explained: Record<string, number>) => ({
    mean: 0,
    sd: 1,
    kl: 3,
    histogram: [],
    explained,
  });

  test('name the facts that explain most, the strongest first', () => {
    expect(labelOf(measured({ skin: 0.2, background: 0.5, eyes: 0.15 }))).toEqual([
      { word: 'background', share: 0.5 },
      { word: 'skin', share: 0.2 },
    ]);
  });

  test('say nothing where nothing explains a tenth', () => {
    expect(labelOf(measured({ skin: 0.05, eyes: 0.01 }))).toEqual([]);
  });
});

test('bars beyond the sliders’ ends are left out, the others lie where the slider has their values', () => {
  const bars = barsWithin([9, 1, 2, 4, 4, 2, 1, 9], [-4, 4]);
  expect(bars).toHaveLength(6);
  expect(bars[0]).toEqual({ x: 0, width: 1 / 6, height: 1 / 9 });
  expect(bars.at(-1)!.x + bars.at(-1)!.width).toBeCloseTo(1, 12);
});

test('the table has a row for each number, with its value and what explains it', () => {
  const number = { mean: 0, sd: 1, kl: 3, histogram: [], explained: { skin: 0.2, eyes: 0.1 } };
  const latents = [number, { ...number, explained: { skin: 0.5, eyes: 0 } }];
  expect(rowsOf(latents, [0.5, -1])).toEqual([
    ['number', 'value', 'mean of test faces', 'deviation', 'KL (nats)', 'skin', 'eyes'],
    [1, 0.5, 0, 1, 3, 0.2, 0.1],
    [2, -1, 0, 1, 3, 0.5, 0],
  ]);
});
