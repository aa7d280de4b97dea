// Masks: what a stroke paints and erases, the line around it, the area of it.
import { describe, expect, it } from 'vitest';
import {
  areaOf,
  countPainted,
  emptyMask,
  middleOf,
  outlineOf,
  stroked,
  type Mask,
} from '../../../src/components/kit/brush/mask.ts';

const size = { rows: 4, columns: 6 };
const rowsOf = (mask: Mask): string[] =>
  Array.from({ length: size.rows }, (_, row) => [...mask.slice(row * 6, row * 6 + 6)].join(''));
const at = (x: number, y: number) => ({ x, y });
const paint = (
  from: { x: number; y: number },
  to: { x: number; y: number },
  width: number,
  mask = emptyMask(size),
) => stroked(mask, size, { from, to, width, value: 1 });

describe('a stroke', () => {
  it('of one cell paints the cell it is in, even in its corner', () => {
    expect(rowsOf(paint(at(2.95, 1.02), at(2.95, 1.02), 1))).toEqual([
      '000000',
      '001000',
      '000000',
      '000000',
    ]);
  });
  it('paints every cell on its way, however fast it was', () => {
    expect(rowsOf(paint(at(0.5, 2.5), at(5.5, 2.5), 1))).toEqual(['000000', '000000', '111111', '000000']);
    expect(countPainted(paint(at(0.5, 0.5), at(3.5, 3.5), 1))).toBeGreaterThanOrEqual(4);
  });
  it('of three cells is round', () => {
    const middle = middleOf({ row: 1, column: 2 });
    expect(rowsOf(paint(middle, middle, 3))).toEqual(['011100', '011100', '011100', '000000']);
    expect(rowsOf(paint(middle, middle, 2.5))).toEqual(['001000', '011100', '001000', '000000']);
  });
  it('leaves out what is beyond the edges, and the mask that it was given', () => {
    const before = emptyMask(size);
    expect(rowsOf(paint(at(-3, 0.5), at(1.5, 0.5), 1, before))).toEqual([
      '110000',
      '000000',
      '000000',
      '000000',
    ]);
    expect(countPainted(before)).toBe(0);
  });
  it('erases', () => {
    const all = emptyMask(size).fill(1);
    const from = middleOf({ row: 0, column: 0 });
    const to = middleOf({ row: 0, column: 5 });
    expect(rowsOf(stroked(all, size, { from, to, width: 1, value: 0 }))[0]).toBe('000000');
  });
});

it('the line goes around what is painted, the edges of the mask included', () => {
  const one = emptyMask(size);
  one[0] = 1;
  expect(outlineOf(one, size)).toBe('M0 0h1M0 0v1M1 0v1M0 1h1');
  one[1] = 1;
  // No edge between two painted cells.
  expect(outlineOf(one, size).match(/M/g)).toHaveLength(6);
  expect(outlineOf(emptyMask(size), size)).toBe('');
});

it('the area is a rectangle for each run', () => {
  const mask = emptyMask(size);
  mask.set([1, 1, 0, 1], 6);
  expect(areaOf(mask, size)).toBe('M0 1h2v1h-2zM3 1h1v1h-1z');
  expect(areaOf(emptyMask(size).fill(1), size).match(/z/g)).toHaveLength(4);
});
