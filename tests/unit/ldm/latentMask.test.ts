// A mask at the size of latents: whatever is marked marks its latent, however thin.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from 'vitest';
import { latentMask } from '../../../src/lib/ldm/pipeline/pictures.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The latent mask of an 8 x 8 picture where `marked` says so, as rows of digits. */
function rows(factor: number, marked: (y: number, x: number) => number, count = 1): string[] {
  const size = 8 / factor;
  const values = Array.from({ length: count * 64 }, (_, i) => marked(Math.floor((i % 64) / 8), i % 8));
  const mask = tf.tensor4d(values, [count, 8, 8, 1]);
  const small = latentMask(mask, [count, size, size, 4], factor);
  expect(small.shape).toEqual([count, size, size, 1]);
  const data = Array.from(small.dataSync());
  tf.dispose([mask, small]);
  return Array.from({ length: count * size }, (_, y) => data.slice(y * size, (y + 1) * size).join(''));
}

test.each([0, 1, 2, 3, 4, 5, 6, 7])('a line one pixel wide at column or row %i', (at) => {
  for (const factor of [1, 2, 4, 8]) {
    const size = 8 / factor;
    const line = Array.from({ length: size }, (_, i) => (i === Math.floor(at / factor) ? '1' : '0'));
    expect(rows(factor, (_, x) => (x === at ? 1 : 0))).toEqual(Array<string>(size).fill(line.join('')));
    expect(rows(factor, (y) => (y === at ? 1 : 0))).toEqual(line.map((one) => one.repeat(size)));
  }
});

test('one pixel marks its latent and no other', () => {
  expect(rows(2, (y, x) => (y === 5 && x === 3 ? 1 : 0))).toEqual(['0000', '0000', '0100', '0000']);
});

test('a mask that fills whole latents is as it was; values are rounded at one half', () => {
  expect(rows(2, (_, x) => (x < 4 ? 1 : 0))).toEqual(Array<string>(4).fill('1100'));
  expect(rows(2, (y) => (y < 4 ? 0.5 : 0.49))).toEqual(['1111', '1111', '0000', '0000']);
  expect(rows(2, () => 0)).toEqual(Array<string>(4).fill('0000'));
});

test('each of several has its own, and nothing is left behind', () => {
  const before = tf.memory().numTensors;
  expect(rows(4, (y, x) => (x === 7 && y === 7 ? 1 : 0), 2)).toEqual(['00', '01', '00', '01']);
  expect(tf.memory().numTensors).toBe(before);
});
