// The cell of a grid that a place of a picture belongs to, where keys lead from it, and what is said of it.
import { expect, it } from 'vitest';
import { gridPlace, placeAfterKey, samePlace } from '../../../src/components/kit/gestures/grid.ts';
import { cellOf, describeSquare } from '../../../src/components/kit/pictures/latentGrid.ts';

const size = { rows: 8, columns: 8 };

it('every place belongs to one square, those at the edges to the last', () => {
  expect(gridPlace(0, 0, size)).toEqual({ row: 0, column: 0 });
  expect(gridPlace(0.124, 0.126, size)).toEqual({ row: 1, column: 0 });
  expect(gridPlace(1, 1, size)).toEqual({ row: 7, column: 7 });
  expect(gridPlace(-0.1, 1.2, size)).toEqual({ row: 7, column: 0 });
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

it('keys go from cell to cell, to the ends of a row, and no further than the grid', () => {
  const from = (row: number, column: number, key: string): number[] | undefined => {
    const to = placeAfterKey({ row, column }, key, { rows: 2, columns: 3 });
    return to && [to.row, to.column];
  };
  expect(from(0, 1, 'ArrowRight')).toEqual([0, 2]);
  expect(from(0, 2, 'ArrowRight')).toEqual([0, 2]);
  expect(from(0, 2, 'ArrowDown')).toEqual([1, 2]);
  expect(from(1, 2, 'ArrowDown')).toEqual([1, 2]);
  expect(from(1, 1, 'ArrowUp')).toEqual([0, 1]);
  expect(from(1, 1, 'ArrowLeft')).toEqual([1, 0]);
  expect(from(1, 1, 'Home')).toEqual([1, 0]);
  expect(from(0, 0, 'End')).toEqual([0, 2]);
  expect(from(0, 0, 'Tab')).toBeUndefined();
});
