// The square of a grid that a place of a picture belongs to, and what is said of it.
import { expect, it } from 'vitest';
import { gridPlace, samePlace } from '../../../src/components/kit/links/linkedPlace.svelte.ts';
import { cellOf, describeSquare } from '../../../src/components/kit/pictures/latentGrid.ts';

it('every place belongs to one square, those at the edges to the last', () => {
  expect(gridPlace(0, 0, 8)).toEqual({ row: 0, column: 0 });
  expect(gridPlace(0.124, 0.126, 8)).toEqual({ row: 1, column: 0 });
  expect(gridPlace(1, 1, 8)).toEqual({ row: 7, column: 7 });
  expect(gridPlace(-0.1, 1.2, 8)).toEqual({ row: 7, column: 0 });
});

it('two places are the same by their row and column', () => {
  expect(samePlace({ row: 1, column: 2 }, { row: 1, column: 2 })).toBe(true);
  expect(samePlace({ row: 1, column: 2 }, { row: 2, column: 1 })).toBe(false);
  expect(samePlace({ row: 0, column: 0 }, undefined)).toBe(false);
});

it('a square is said with the numbers of all channels, where they are few', () => {
  const grid = { side: 2, channels: 3, columns: 2 };
  const latents = new Float32Array(12);
  [0.84, -1.26, 0].forEach((value, channel) => {
    latents[cellOf({ channel, row: 1, column: 0 }, grid)] = value;
  });
  expect(describeSquare(latents, { row: 1, column: 0 }, grid)).toBe('row 2, column 1: +0.8 −1.3 0.0');
  expect(describeSquare(new Float32Array(64), { row: 0, column: 1 }, { ...grid, channels: 16 })).toBe(
    'row 1, column 2',
  );
});
