// Kernels that write in place: AdamW and the moving average, what a reader sees of them, and who may share their data.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  ADAMW,
  ADAMW_MANY,
  EMA,
  EMA_MANY,
  listInputs,
  runFusedKernel,
  runFusedKernels,
  SQUARE_SUM,
} from '../../../src/lib/ldm/nn/kernels.ts';
import { relativeError } from '../../../tools/lib/parity.ts';
import { randomTensor, take, useBackend } from '../lib/device.ts';

useBackend();

const NUMBERS = {
  learningRate: 0.03,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradientScale: 0.5,
};

/** AdamW in double precision, as PyTorch writes it. */
function reference(
  p: Float64Array,
  m: Float64Array,
  v: Float64Array,
  g: Float32Array,
  t: number,
  scale: number,
) {
  const { learningRate, beta1, beta2, epsilon, weightDecay, gradientScale } = NUMBERS;
  p.forEach((value, i) => {
    const gradient = (g[i] as number) * gradientScale * scale;
    m[i] = beta1 * (m[i] as number) + (1 - beta1) * gradient;
    v[i] = beta2 * (v[i] as number) + (1 - beta2) * gradient ** 2;
    const denominator = Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon;
    p[i] =
      value * (1 - learningRate * weightDecay) - ((learningRate / (1 - beta1 ** t)) * m[i]) / denominator;
  });
}

const owned = (tensor: tf.Tensor): tf.Variable => {
  const variable = tf.variable(tensor);
  tensor.dispose(); // else both share the data
  return variable;
};

test.each([
  ['a few numbers', [7]],
  ['a whole layer', [3, 3, 32, 65]],
])('AdamW over three steps, values read in between: %s', async (_, shape) => {
  const size = tf.util.sizeFromShape(shape);
  const [p, m, v] = [owned(randomTensor('p', shape)), owned(tf.zeros(shape)), owned(tf.zeros(shape))];
  const expected = {
    p: Float64Array.from((await p.data()) as Float32Array),
    m: new Float64Array(size),
    v: new Float64Array(size),
  };
  for (const t of [1, 2, 3]) {
    const g = randomTensor(`g${t}`, shape);
    const values = (await g.data()) as Float32Array;
    const scale = t === 2 ? tf.scalar(0.25) : undefined;
    runFusedKernels(ADAMW, scale === undefined ? { g, p, m, v } : { g, p, m, v, scale }, {
      ...NUMBERS,
      correction1: 1 - NUMBERS.beta1 ** t,
      correction2: 1 - NUMBERS.beta2 ** t,
    });
    reference(expected.p, expected.m, expected.v, values, t, t === 2 ? 0.25 : 1);
    for (const [variable, wanted] of [
      [p, expected.p],
      [m, expected.m],
      [v, expected.v],
    ] as const) {
      expect(relativeError((await variable.data()) as Float32Array, Float32Array.from(wanted))).toBeLessThan(
        1e-6,
      );
    }
    tf.dispose([g, scale ?? []]);
  }
  tf.dispose([p, m, v]);
});

test('the average moves', async () => {
  const average = owned(tf.tensor1d([1, 2, 3]));
  const value = tf.tensor1d([5, 2, -1]);
  runFusedKernels(EMA, { average, value }, { decay: 0.75 });
  expect([...(await average.data())]).toEqual([2, 2, 2]);
  runFusedKernels(EMA, { average, value }, { decay: 0 });
  expect([...(await average.data())]).toEqual([5, 2, -1]);
  tf.dispose([average, value]);
});

test('a value read before, meanwhile or afterwards is never an old one', async () => {
  const average = owned(tf.fill([2000], 1));
  const value = tf.fill([2000], 3);
  const first = async (): Promise<number> => ((await average.data()) as Float32Array)[0] as number;
  const step = (): void => {
    runFusedKernels(EMA, { average, value }, { decay: 0.5 });
  };
  expect(await first()).toBe(1); // the backend keeps these on the CPU
  step(); // and forgets them, so that this is read back
  const under = first(); // a readback under way while the next step is recorded
  step();
  expect(await under).toBe(2);
  expect(await first()).toBe(2.5);
  step();
  // on the device and in kernels that compute small tensors on the CPU alike
  expect([...(await take(tf.slice(average, 0, 2)))]).toEqual([2.75, 2.75]);
  const small = owned(tf.tensor1d([1]));
  const three = tf.tensor1d([3]);
  expect((await small.data())[0]).toBe(1);
  runFusedKernels(EMA, { average: small, value: three }, { decay: 0.5 });
  expect((await take(tf.add(small, three)))[0]).toBe(5);
  tf.dispose([average, value, small, three]);
});

test('computations recorded before a step see the old values, those after it the new', async () => {
  const average = owned(tf.fill([1000], 1));
  const value = tf.fill([1000], 2);
  const before = tf.mul(average, 10);
  runFusedKernels(EMA, { average, value }, { decay: 0 });
  const after = tf.mul(average, 10);
  expect((await take(before))[999]).toBe(10);
  expect((await take(after))[999]).toBe(20);
  tf.dispose([average, value]);
});

test('data that several tensors share is refused', async () => {
  const value = tf.fill([1000], 2);
  const step = (average: tf.Tensor): void => {
    runFusedKernels(EMA, { average, value }, { decay: 0 });
  };
  const variable = owned(tf.fill([1000], 1));
  for (const share of [
    () => tf.clone(variable),
    () => tf.reshape(variable, [10, 100]),
    () => tf.variable(variable),
  ]) {
    const other = share();
    expect(() => {
      step(variable);
    }).toThrow('expected data that one tensor owns, got data that 2 share');
    expect((await other.data())[0]).toBe(1);
    other.dispose();
  }
  step(variable);
  expect((await variable.data())[0]).toBe(2);
  tf.dispose([variable, value]);
});

test('sizes that do not fit are refused', () => {
  const [a, b] = [owned(tf.zeros([3])), tf.zeros([4])];
  expect(() => runFusedKernels(EMA, { average: a, value: b }, { decay: 0.5 })).toThrow(
    "value of average's 3 numbers, got 4",
  );
  expect(() =>
    runFusedKernels(ADAMW, { p: a, g: b, m: b, v: b }, { ...NUMBERS, correction1: 0.1, correction2: 0.01 }),
  ).toThrow("of p's 3 numbers, got 4");
  tf.dispose([a, b]);
});

test('lists of tensors come out as one after the other', async () => {
  const shapes = [[3], [2, 50], [700], [1], [64], [65], [3, 3, 8, 8], [128], [5], [9], [4000]];
  const make = (name: string): tf.Tensor[] => shapes.map((shape, i) => randomTensor(`${name}${i}`, shape));
  const lists = {
    p: make('p').map(owned),
    m: make('m').map(owned),
    v: make('v').map((t) => owned(tf.square(t))),
  };
  const single = {
    p: make('p').map(owned),
    m: make('m').map(owned),
    v: make('v').map((t) => owned(tf.square(t))),
  };
  const [g, average, averages] = [make('g'), make('a').map(owned), make('a').map(owned)];
  const scale = tf.scalar(0.3);
  const attrs = { ...NUMBERS, correction1: 0.1, correction2: 0.01 };
  runFusedKernels(ADAMW_MANY, { ...listInputs({ ...lists, g }), scale }, attrs);
  runFusedKernels(EMA_MANY, listInputs({ average: averages, value: lists.p }), { decay: 0.9 });
  for (const i of shapes.keys()) {
    const slot = { p: single.p[i]!, m: single.m[i]!, v: single.v[i]!, g: g[i]! };
    runFusedKernels(ADAMW, { ...slot, scale }, attrs);
    runFusedKernels(EMA, { average: average[i]!, value: slot.p }, { decay: 0.9 });
    for (const name of ['p', 'm', 'v'] as const) {
      expect(await lists[name][i]!.data(), `${name}${i}`).toEqual(await single[name][i]!.data());
    }
    expect(await averages[i]!.data(), `average${i}`).toEqual(await average[i]!.data());
  }
  let squares = 0;
  for (const tensor of g) for (const value of (await tensor.data()) as Float32Array) squares += value ** 2;
  const sum = runFusedKernel(SQUARE_SUM, listInputs({ x: g }), {});
  expect(sum.shape).toEqual([]);
  expect(((await take(sum))[0] as number) / squares).toBeCloseTo(1, 5);
  tf.dispose([lists, single, g, average, averages, scale]);
});
