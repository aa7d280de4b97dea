// What training needs of the wasm backend alone: TensorFlow.js's own kernels that it lacks, and updates in place.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ADAMW, COLUMN_SUM, EMA, runFusedKernel, runFusedKernels } from '../../../src/lib/ldm/nn/kernels.ts';
import { UpsampleTranspose2d } from '../../../src/lib/ldm/nn/resample.ts';
import { ParameterReader } from '../../../src/lib/ldm/nn/parameters.ts';
import { relativeError } from '../../../tools/lib/parity.ts';
import { randomTensor, take, useBackend } from '../lib/device.ts';

useBackend();

const STEP = {
  ...{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
  ...{ correction1: 0.1, correction2: 0.01, gradientScale: 1 },
};

/** One entry of a [batch, rows, columns] array, or of its transpose. */
const entry = (
  data: Float32Array,
  [, rows, columns]: readonly number[],
  [b, i, j]: readonly [number, number, number],
  transposed: boolean,
): number => {
  const at = transposed ? j * (columns as number) + i : i * (columns as number) + j;
  return data[b * (rows as number) * (columns as number) + at] as number;
};

test.each([
  [[3, 5, 7], [3, 7, 6], false, false],
  [[4, 9, 8], [4, 13, 8], false, true],
  [[2, 10, 6], [2, 10, 12], true, false],
  [[1, 7, 5], [1, 7, 3], true, false],
  [[1, 300, 9], [1, 300, 16], true, false],
  [[2, 4, 6], [1, 6, 5], false, false],
  [[2, 6, 4], [2, 5, 6], true, true],
] as const)('batched product of %j and %j, transposed %s and %s', async (shapeA, shapeB, ta, tb) => {
  const [a, b] = [randomTensor('a', [...shapeA]), randomTensor('b', [...shapeB])];
  const y = tf.matMul(a, b, ta, tb);
  const [dataA, dataB] = [await take(a), await take(b)];
  const [batch, rows, columns] = y.shape as [number, number, number];
  const inner = ta ? shapeA[1] : shapeA[2];
  const expected = new Float32Array(batch * rows * columns);
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          const left = entry(dataA, shapeA, [n % shapeA[0], i, k], ta);
          sum += left * entry(dataB, shapeB, [n % shapeB[0], k, j], tb);
        }
        expected[(n * rows + i) * columns + j] = sum;
      }
    }
  }
  expect(relativeError(await take(y), expected)).toBeLessThan(1e-5);
});

test('the sum over segments is the gradient of a gather', async () => {
  const x = randomTensor('x', [5, 3]);
  const sums = tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, -1, 3], 'int32'), 4);
  const data = await take(x);
  const expected = new Float32Array(12);
  [2, 0, 2, -1, 3].forEach((row, i) => {
    for (let c = 0; row >= 0 && c < 3; c++) {
      expected[3 * row + c] = (expected[3 * row + c] as number) + (data[3 * i + c] as number);
    }
  });
  expect(relativeError(await take(sums), expected)).toBeLessThan(1e-6);
});

test.each([[[3, 4, 5]], [[200, 12]], [[1, 1]]])('column sums of %j', async (shape) => {
  const x = randomTensor('x', shape);
  const expected = tf.tidy(() => tf.sum(tf.reshape(x, [-1, shape[shape.length - 1] as number]), 0));
  const ours = runFusedKernel(COLUMN_SUM, { x }, {});
  expect(relativeError(await take(ours), await take(expected))).toBeLessThan(1e-5);
  x.dispose();
});

test('a transposed convolution spreads every pixel over its window', async () => {
  const state = new Map([
    [
      'conv.weight',
      { shape: [4, 4, 3, 3], dtype: 'F32' as const, data: await take(randomTensor('w', [144])) },
    ],
    ['conv.bias', { shape: [4], dtype: 'F32' as const, data: new Float32Array(4) }],
  ]);
  const params = ParameterReader.open(state, 'test');
  const layer = new UpsampleTranspose2d(params, 4);
  params.finish();
  const x = randomTensor('x', [2, 3, 3, 4]) as tf.Tensor4D;
  const y = layer.forward(x);
  expect(y.shape).toEqual([2, 6, 6, 4]);
  const weights = (state.get('conv.weight') as { data: Float32Array }).data;
  const [data, ours] = [await take(x), await take(y)];
  const expected = new Float32Array(ours.length);
  for (let at = 0; at < 2 * 9 * 4 * 9 * 4; at++) {
    const [o, tap, i] = [at % 4, Math.floor(at / 4) % 9, Math.floor(at / 36) % 4];
    const pixel = Math.floor(at / 144);
    const [w, h, n] = [pixel % 3, Math.floor(pixel / 3) % 3, Math.floor(pixel / 9)];
    const [row, column] = [2 * h - 1 + Math.floor(tap / 3), 2 * w - 1 + (tap % 3)];
    if (row < 0 || column < 0 || row > 5 || column > 5) continue;
    const to = ((n * 6 + row) * 6 + column) * 4 + o;
    const product = (data[pixel * 4 + i] as number) * (weights[(i * 4 + o) * 9 + tap] as number);
    expected[to] = (expected[to] as number) + product;
  }
  expect(relativeError(ours, expected)).toBeLessThan(1e-5);
  params.dispose();
});

test('a convolution sees weights that were changed in place', async () => {
  const x = randomTensor('x', [1, 6, 6, 8]) as tf.Tensor4D;
  const bias = tf.zeros([8]) as tf.Tensor1D;
  const p = randomTensor('p', [3, 3, 8, 8]) as tf.Tensor4D;
  const conv = (filter: tf.Tensor4D): Promise<Float32Array> =>
    take(tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias }));
  const before = await conv(p);
  const [g, m, v] = [randomTensor('g', p.shape), tf.zeros(p.shape), tf.zeros(p.shape)];
  runFusedKernels(ADAMW, { g, p, m, v }, STEP);
  const copy = tf.tensor4d((await p.data()) as Float32Array, p.shape);
  const after = await conv(p);
  expect(relativeError(after, before)).toBeGreaterThan(0.01);
  expect(after).toEqual(await conv(copy));
  runFusedKernels(EMA, { average: p, value: g }, { decay: 0.5 });
  const blended = tf.tensor4d((await p.data()) as Float32Array, p.shape);
  expect(await conv(p)).toEqual(await conv(blended));
  tf.dispose([x, bias, p, g, m, v, copy, blended]);
});

test('what several tensors share is not changed in place', () => {
  const [g, p, m, v] = ['g', 'p', 'm', 'v'].map((name) => randomTensor(name, [6])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const other = tf.clone(p);
  expect(() => runFusedKernels(ADAMW, { g, p, m, v }, STEP)).toThrow(/expected data of its own/);
  expect(() => runFusedKernels(EMA, { average: p, value: g }, { decay: 0.5 })).toThrow(
    /expected data of its own/,
  );
  other.dispose();
  const before = tf.memory().numTensors;
  runFusedKernels(ADAMW, { g, p, m, v }, STEP);
  runFusedKernels(EMA, { average: p, value: g }, { decay: 0.5 });
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([g, p, m, v]);
});
