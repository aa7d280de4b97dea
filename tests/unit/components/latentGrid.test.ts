// Where each latent number lies, how the arrow keys move, and the bitmaps that draw them.
import { signed } from '../../../src/writing/numbers.ts';
import { describe, expect, test } from 'vitest';
import { bitmapUrl } from '../../../src/components/kit/pictures/bitmap.ts';
import {
  cellAfterKey,
  cellOf,
  describePlace,
  placeOf,
} from '../../../src/components/kit/pictures/latentGrid.ts';
import { magnitudeColor, magnitudeImage } from '../../../src/components/kit/pictures/magnitude.ts';

const grid = { side: 8, channels: 4, columns: 2 };

test('a cell is its place in [side, side, channels]', () => {
  expect(placeOf((3 * 8 + 5) * 4 + 1, grid)).toEqual({ channel: 1, row: 3, column: 5 });
  for (let cell = 0; cell < 256; cell++) expect(cellOf(placeOf(cell, grid), grid)).toBe(cell);
  expect(describePlace((3 * 8 + 5) * 4 + 1, grid)).toBe('channel 2, row 4, column 6');
});

describe('arrow keys', () => {
  const from = (channel: number, row: number, column: number, key: string) => {
    const to = cellAfterKey(cellOf({ channel, row, column }, grid), key, grid);
    return to === undefined ? undefined : Object.values(placeOf(to, grid));
  };
  test('move within a channel and on to the next', () => {
    expect(from(0, 2, 3, 'ArrowRight')).toEqual([0, 2, 4]);
    expect(from(0, 2, 7, 'ArrowRight')).toEqual([1, 2, 0]);
    expect(from(0, 7, 3, 'ArrowDown')).toEqual([2, 0, 3]);
    expect(from(3, 0, 0, 'ArrowUp')).toEqual([1, 7, 0]);
    expect(from(3, 4, 2, 'Home')).toEqual([2, 4, 0]);
    expect(from(2, 4, 2, 'End')).toEqual([3, 4, 7]);
  });
  test('stop at the edges, and leave other keys alone', () => {
    expect(from(0, 0, 0, 'ArrowLeft')).toEqual([0, 0, 0]);
    expect(from(3, 7, 7, 'ArrowDown')).toEqual([3, 7, 7]);
    expect(from(0, 0, 0, 'Tab')).toBeUndefined();
  });
});

test('numbers wear their sign', () => {
  expect([signed(0.814), signed(-1.2), signed(-0.001)]).toEqual(['+0.81', '−1.20', '0.00']);
});

test('a bitmap is a BMP of its pixels', () => {
  const url = bitmapUrl(3, 2, (x, y) => [x, y, 7]);
  const bytes = Uint8Array.from(atob(url.slice('data:image/bmp;base64,'.length)), (c) => c.charCodeAt(0));
  expect(new DataView(bytes.buffer).getUint32(2, true)).toBe(bytes.length);
  expect(bytes.length).toBe(54 + 2 * 12);
  // Bottom row first; blue, green, red.
  expect([...bytes.subarray(54, 63)]).toEqual([7, 1, 0, 7, 1, 1, 7, 1, 2]);
  expect([...bytes.subarray(66, 75)]).toEqual([7, 0, 0, 7, 0, 1, 7, 0, 2]);
});

test('differences go from paper to dark, and stop there', () => {
  const sum = (value: number) => magnitudeColor(value, 64).reduce((a, b) => a + b);
  expect([0, 16, 32, 48, 64].map(sum)).toEqual([0, 16, 32, 48, 64].map(sum).sort((a, b) => b - a));
  expect(magnitudeColor(200, 64)).toEqual(magnitudeColor(64, 64));
  expect([...magnitudeImage([0], 64)]).toEqual([...magnitudeColor(0, 64), 255]);
});
