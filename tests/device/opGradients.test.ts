// Gradients of plain operations against the differences of their values.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerOpGradients } from '../../src/lib/ldm/nn/opGradients.ts';
import { Rng } from '../../src/lib/ldm/base/rng.ts';
import { take, useBackend } from './lib/device.ts';

useBackend();
beforeAll(registerOpGradients);

const H = 1 / 128;

/** Numbers at least 0.2 away from 0, where some functions have a corner, and at least 0.1 from 1. */
function values(seed: string, shape: readonly number[], positive: boolean): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => {
    const size = 0.2 + 0.7 * rng.uniform() + (rng.uniform() < 0.5 ? 0 : 0.9);
    return positive || rng.uniform() < 0.5 ? size : -size;
  });
}

interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly positive?: boolean;
}

const one = (f: (x: tf.Tensor) => tf.Tensor, shape: readonly number[] = [2, 3]): Case => ({
  shapes: [shape],
  f: (x) => f(x as tf.Tensor),
});
const two = (
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  a: readonly number[] = [2, 3],
  b: readonly number[] = a,
): Case => ({ shapes: [a, b], f: (x, y) => f(x as tf.Tensor, y as tf.Tensor) });

const cases: Readonly<Record<string, Case>> = {
  add: two(tf.add),
  'add, the second broadcast': two(tf.add, [2, 2, 3], [3]),
  'add, both broadcast': two(tf.add, [2, 1], [1, 3]),
  'sub, broadcast': two(tf.sub, [2, 3], [2, 1]),
  'mul, broadcast': two(tf.mul, [2, 3], [3]),
  div: two(tf.div, [2, 3], [3]),
  neg: one(tf.neg),
  square: one(tf.square),
  sqrt: { ...one(tf.sqrt), positive: true },
  rsqrt: { ...one(tf.rsqrt), positive: true },
  exp: one(tf.exp),
  abs: one(tf.abs),
  sigmoid: one(tf.sigmoid),
  tanh: one(tf.tanh),
  softplus: one(tf.softplus),
  relu: one(tf.relu),
  erf: one(tf.erf),
  'sum of all': one((x) => tf.sum(x)),
  'sum of an axis': one((x) => tf.sum(x, 1, true)),
  'mean of all': one((x) => tf.mean(x)),
  'mean of two axes': one((x) => tf.mean(x, [0, 2]), [2, 2, 3]),
  reshape: one((x) => tf.reshape(x, [3, 2])),
  clone: one((x) => tf.clone(x)),
  transpose: one((x) => tf.transpose(x, [2, 0, 1]), [2, 2, 3]),
  slice: one((x) => tf.slice(x, [1, 0], [-1, 2]), [3, 3]),
  pad: one((x) =>
    tf.pad(x, [
      [0, 1],
      [2, 0],
    ]),
  ),
  clip: one((x) => tf.clipByValue(x, -1, 1)),
  softmax: one((x) => tf.softmax(x), [2, 4]),
  concat: two((a, b) => tf.concat([a, b], 1), [2, 3], [2, 2]),
  'split, one part used twice': one((x) => {
    const [a, b] = tf.split(x, [1, 2], 1) as [tf.Tensor, tf.Tensor];
    return tf.add(tf.mul(b, a), b);
  }),
  'nearest neighbour': one((x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 4]), [2, 2, 2, 1]),
  ...Object.fromEntries(
    [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ].map(([ta = false, tb = false]): [string, Case] => [
      `matMul ${ta ? 'a^T' : 'a'} ${tb ? 'b^T' : 'b'}`,
      two((a, b) => tf.matMul(a, b, ta, tb), ta ? [3, 2] : [2, 3], tb ? [4, 3] : [3, 4]),
    ]),
  ),
  'matMul, a batch': two((a, b) => tf.matMul(a, b), [2, 2, 3], [2, 3, 2]),
};

describe.each(Object.keys(cases))('%s', (name) => {
  test('has the gradient that its differences have', async () => {
    const before = tf.memory().numTensors;
    const { shapes, f, positive = false } = cases[name] as Case;
    const inputs = shapes.map((shape, i) => values(`${name} ${i}`, shape, positive));
    const load = (data: readonly Float32Array[]): tf.Tensor[] =>
      data.map((part, i) => tf.tensor(part, [...(shapes[i] as number[])]));
    const loss = (parts: readonly tf.Tensor[]): tf.Scalar => {
      const y = f(...parts);
      // every element of the result counts differently
      const weights = values(`${name} weights`, y.shape, false);
      return tf.sum(tf.mul(y, tf.tensor(weights, y.shape)));
    };
    const gradients = await Promise.all(
      tf.tidy(() => tf.grads((...parts: tf.Tensor[]) => loss(parts))(load(inputs))).map(take),
    );
    for (const [i, data] of inputs.entries()) {
      const differences: tf.Tensor[] = [...data.keys()].map((j) =>
        tf.tidy(() => {
          const at = (shift: number): tf.Scalar => {
            const moved = inputs.map((part) => part.slice());
            const part = moved[i] as Float32Array;
            part[j] = (part[j] as number) + shift;
            return loss(load(moved));
          };
          return tf.div(tf.sub(at(H), at(-H)), 2 * H);
        }),
      );
      const expected = await take(tf.tidy(() => tf.stack(differences)));
      tf.dispose(differences);
      const scale = Math.max(...expected.map(Math.abs), 0.1);
      expected.forEach((value, j) => {
        expect(Math.abs((gradients[i] as Float32Array)[j]! - value) / scale).toBeLessThan(2e-3);
      });
      expect(gradients[i]?.length).toBe(data.length);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('the absolute value has gradient 0 at 0, as in PyTorch', async () => {
  const gradient = tf.tidy(() => tf.grad((x) => tf.sum(tf.abs(x)))(tf.tensor1d([-2, 0, 3])));
  expect([...(await take(gradient))]).toEqual([-1, 0, 1]);
});

test('registering again changes nothing', () => {
  const before = tf.getGradient('Add');
  registerOpGradients();
  expect(tf.getGradient('Add')).toBe(before);
});
