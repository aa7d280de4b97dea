// A map of sizes: where it is largest, and that its bitmap has the scale's colours in the right cells.
import { expect, it } from 'vitest';
import { heatUrl, hottest, sayHeat } from '../../../src/components/kit/heat/heatMap.ts';
import { magnitudeColor } from '../../../src/components/kit/pictures/magnitude.ts';

const map = { values: [0, 0.1, 0.5, 0.2, 0.5, 0], rows: 2, columns: 3, range: 0.5 };

it('the largest value is found, the first of equals', () => {
  expect(hottest(map)).toEqual({ row: 0, column: 2 });
  expect(hottest({ ...map, values: [0, 0, 0, 0, 0, 1] })).toEqual({ row: 1, column: 2 });
  expect(hottest({ ...map, values: [0, 0, 0, 0, 0, 0] })).toEqual({ row: 0, column: 0 });
});

it('a cell is said by its place and value', () => {
  expect(sayHeat(map, { row: 1, column: 1 }, (value) => value.toFixed(1))).toBe('row 2, column 2: 0.5');
});

it('each cell has the colour of its value', () => {
  const bytes = Buffer.from(heatUrl(map).split(',')[1] ?? '', 'base64');
  // Rows go from the bottom up, 12 bytes each; colours are blue, green, red.
  const pixel = (row: number, column: number) =>
    [...bytes.subarray(54 + (1 - row) * 12 + column * 3).subarray(0, 3)].reverse();
  expect(pixel(0, 2)).toEqual([...magnitudeColor(0.5, 0.5)]);
  expect(pixel(1, 0)).toEqual([...magnitudeColor(0.2, 0.5)]);
  expect(pixel(0, 0)).toEqual([...magnitudeColor(0, 0.5)]);
});
