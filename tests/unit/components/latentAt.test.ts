// Reading a number below the pointer: the same number that the picture shows there.
import { expect, test } from 'vitest';
import { latentAt } from '../../../src/components/kit/pictures/draw.ts';

const sizes = {
  numImages: 2,
  imageWidth: 16,
  imageHeight: 16,
  latentWidth: 2,
  latentHeight: 3,
  latentChannels: 4,
};
// [n, h, w, c], every number says where it is: image, row, column, channel.
const latents = Float32Array.from({ length: 2 * 3 * 2 * 4 }, (_, i) => {
  const [c, x, y, n] = [i % 4, Math.floor(i / 4) % 2, Math.floor(i / 8) % 3, Math.floor(i / 24)];
  return n * 1000 + (y + 1) * 100 + (x + 1) * 10 + (c + 1);
});

test('names channel, row and column, counted from 1', () => {
  expect(latentAt(latents, 1, sizes, { x: 3 * 2 + 1, y: 2 })).toEqual({
    channel: 3,
    row: 3,
    column: 2,
    value: 1323,
  });
  expect(latentAt(latents, 0, sizes, { x: 0, y: 0 })).toEqual({ channel: 1, row: 1, column: 1, value: 111 });
});

test('has nothing between two channels and outside', () => {
  expect(latentAt(latents, 0, sizes, { x: 2, y: 0 })).toBeUndefined();
  expect(latentAt(latents, 0, sizes, { x: 12, y: 0 })).toBeUndefined();
  expect(latentAt(latents, 0, sizes, { x: 0, y: 3 })).toBeUndefined();
});

test('of channels in a block, two in a row', () => {
  const at = (x: number, y: number) => latentAt(latents, 1, sizes, { x, y }, 2);
  // A clear row and a clear column between the channels of 2 by 3 numbers.
  expect(at(3, 4)).toEqual({ channel: 4, row: 1, column: 1, value: 1114 });
  expect(at(1, 6)).toEqual({ channel: 3, row: 3, column: 2, value: 1323 });
  expect(at(0, 3)).toBeUndefined();
  expect(at(2, 0)).toBeUndefined();
  expect(at(6, 0)).toBeUndefined();
  expect(at(0, 8)).toBeUndefined();
});
