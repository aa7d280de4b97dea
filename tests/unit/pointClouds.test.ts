// Toy clouds: seeded, of the size asked for, in the square that the figure draws, and of the shape they are called.
import { describe, expect, test } from 'vitest';
import { cloudNames, makeCloud, strokesToPoints } from '../../src/datasets/pointClouds.ts';

describe.each(cloudNames)('%s', (name) => {
  const cloud = makeCloud(name, 600, 7);

  test('the same seed gives the same points, another seed others', () => {
    expect(makeCloud(name, 600, 7)).toEqual(cloud);
    expect(makeCloud(name, 600, 8)).not.toEqual(cloud);
  });

  test('fills the square without leaving it', () => {
    expect(cloud.length).toBe(1200);
    for (const axis of [0, 1]) {
      const values = cloud.filter((_, i) => i % 2 === axis);
      expect(Math.max(...values.map(Math.abs))).toBeLessThan(2.1);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(1.5);
    }
  });
});

test('rings are two rings', () => {
  const cloud = makeCloud('rings', 900, 1);
  const radii = Array.from({ length: 900 }, (_, i) => Math.hypot(cloud[2 * i]!, cloud[2 * i + 1]!));
  const inner = radii.filter((radius) => Math.abs(radius - 0.8) < 0.2).length;
  const outer = radii.filter((radius) => Math.abs(radius - 1.6) < 0.2).length;
  expect(inner + outer).toBe(900);
  expect(inner / 900).toBeCloseTo(1 / 3, 1);
});

describe('drawn strokes', () => {
  test('points lie along them, as many on each as its length asks for', () => {
    const strokes = [
      [
        [-1, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [1, 1],
      ],
    ] as const;
    const points = strokesToPoints(strokes, 900, 2);
    const ys = points.filter((_, i) => i % 2 === 1);
    const upper = ys.filter((y) => Math.abs(y - 1) < 0.25).length;
    const lower = ys.filter((y) => Math.abs(y) < 0.25).length;
    expect(upper + lower).toBe(900);
    expect(lower / upper).toBeGreaterThan(1.6);
    expect(lower / upper).toBeLessThan(2.4);
  });

  test('a dot is a small cloud; nothing drawn gives no points', () => {
    const dot = strokesToPoints([[[0.5, -0.5]]], 50, 3);
    expect(dot.length).toBe(100);
    expect(Math.max(...dot.map((value, i) => Math.abs(value - (i % 2 === 0 ? 0.5 : -0.5))))).toBeLessThan(
      0.25,
    );
    expect(strokesToPoints([], 50, 3).length).toBe(0);
    expect(strokesToPoints([[]], 50, 3).length).toBe(0);
  });
});
