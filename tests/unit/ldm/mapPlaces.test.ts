// Places on a map: fitted, found in a direction, zoomed.
import { describe, expect, test } from 'vitest';
import {
  fitToSquare,
  inDirection,
  limitZoom,
  placeOf,
  toMap,
  toWindow,
  WHOLE,
  zoomAt,
} from '../../../src/components/figures/4.5-latent-map/mapPlaces.ts';

test('points are fitted into the square with one scale, up being up', () => {
  const points = [0, 0, 10, 0, 5, 4];
  const fit = fitToSquare(points, 0.1);
  const places = [0, 2, 4].map((i) => placeOf(fit, points.slice(i, i + 2)));
  expect(places[0]).toEqual({ x: expect.closeTo(0.1, 12) as number, y: expect.closeTo(0.66, 12) as number });
  expect(places[1]?.x).toBeCloseTo(0.9, 12);
  expect(places[2]).toEqual({ x: expect.closeTo(0.5, 12) as number, y: expect.closeTo(0.34, 12) as number });
});

describe('in a direction', () => {
  const places = [
    { x: 0.5, y: 0.5 },
    { x: 0.9, y: 0.5 },
    { x: 0.6, y: 0.58 },
    { x: 0.5, y: 0.2 },
  ];
  const from = places[0]!;
  test('the nearest inside the quarter circle, what lies beside the way counting double', () => {
    expect(inDirection(places, from, { dx: 1, dy: 0 })).toBe(2);
    expect(inDirection(places, from, { dx: 0, dy: -1 })).toBe(3);
    expect(inDirection(places, from, { dx: -1, dy: 0 })).toBeUndefined();
  });
  test('only to places that are allowed', () => {
    expect(inDirection(places, from, { dx: 1, dy: 0 }, (i) => i !== 2)).toBe(1);
  });
});

describe('zoom', () => {
  test('the place below the pointer stays', () => {
    const point = { x: 0.7, y: 0.4 };
    const zoom = zoomAt({ k: 2, x: 0.5, y: 0.5 }, 1.5, point, 12);
    expect(zoom.k).toBe(3);
    const before = toMap({ k: 2, x: 0.5, y: 0.5 }, point);
    const after = toMap(zoom, point);
    expect(after.x).toBeCloseTo(before.x, 12);
    expect(after.y).toBeCloseTo(before.y, 12);
  });
  test('there and back', () => {
    const zoom = { k: 3, x: 0.4, y: 0.6 };
    const place = { x: 0.45, y: 0.5 };
    const back = toMap(zoom, toWindow(zoom, place));
    expect(back.x).toBeCloseTo(place.x, 12);
    expect(back.y).toBeCloseTo(place.y, 12);
  });
  test('never shows more than the map', () => {
    expect(limitZoom({ k: 0.2, x: 3, y: -1 }, 12)).toEqual(WHOLE);
    expect(limitZoom({ k: 2, x: 0, y: 1 }, 12)).toEqual({ k: 2, x: 0.25, y: 0.75 });
    expect(limitZoom({ k: 99, x: 0.5, y: 0.5 }, 12).k).toBe(12);
  });
});
