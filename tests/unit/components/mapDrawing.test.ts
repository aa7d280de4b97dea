// The map of figure 4.5: which face is met at a point, where several lie on each other.
import { expect, test } from 'vitest';
import { faceAt, halfThumb } from '../../../src/components/figures/4.5-latent-map/mapDrawing.ts';
import { WHOLE } from '../../../src/components/figures/4.5-latent-map/mapPlaces.ts';

const places = [
  { x: 0.5, y: 0.5 },
  { x: 0.51, y: 0.5 },
  { x: 0.52, y: 0.5 },
  { x: 0.9, y: 0.1 },
];
const scene = { places, zoom: WHOLE, shown: undefined, near: new Set<number>(), bright: undefined };
const point = { x: 0.51, y: 0.5 };

test('the one that is drawn last, and none where none is', () => {
  expect(faceAt(scene, point)).toBe(2);
  expect(faceAt(scene, { x: 0.2, y: 0.8 })).toBeUndefined();
  expect(faceAt({ ...scene, places: [] }, point)).toBeUndefined();
});

test('neighbours lie above the others, the one that is shown above all', () => {
  expect(faceAt({ ...scene, near: new Set([0]) }, point)).toBe(0);
  expect(faceAt({ ...scene, near: new Set([0]), shown: 1 }, point)).toBe(1);
});

test('what is not lit up is not met', () => {
  expect(faceAt({ ...scene, bright: new Set([0, 3]) }, point)).toBe(0);
  expect(faceAt({ ...scene, bright: new Set([3]) }, point)).toBeUndefined();
});

test('zoomed in, faces are met where they are seen, and are larger, though less than the map', () => {
  const zoom = { k: 4, x: 0.875, y: 0.125 };
  expect(faceAt({ ...scene, zoom }, { x: 0.6, y: 0.4 })).toBe(3);
  expect(halfThumb(zoom)).toBeGreaterThan(halfThumb(WHOLE));
  expect(halfThumb(zoom)).toBeLessThan(4 * halfThumb(WHOLE));
});
