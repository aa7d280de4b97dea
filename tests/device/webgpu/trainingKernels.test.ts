// The kernels of training on WebGPU: gradients against those of plain ops, products against TensorFlow.js's own.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { describe, expect, test } from 'vitest';
import { registerWebgpuKernels } from '../../../src/lib/ldm/backend/webgpu/kernels.ts';
import { activate } from '../../../src/lib/ldm/nn/activations.ts';
import { attention } from '../../../src/lib/ldm/nn/attention.ts';
import { geglu } from '../../../src/lib/ldm/nn/feedForward.ts';
import { groupNorm } from '../../../src/lib/ldm/nn/groupNorm.ts';
import {
  ACTIVATION_CODES,
  ACTIVATION_GRAD,
  ATTENTION_GRAD,
  COLUMN_SUM,
  CONV2D,
  CONV2D_GRAD,
  enableFusedKernels,
  GEGLU_GRAD,
  GROUP_NORM_GRAD,
  LAYER_NORM_GRAD,
  LINEAR_GRAD,
  runFusedKernel,
  runFusedKernels,
  unregisterFusedKernels,
} from '../../../src/lib/ldm/nn/kernels.ts';
import { layerNorm } from '../../../src/lib/ldm/nn/layerNorm.ts';
import { relativeError } from '../../../tools/lib/parity.ts';
import { randomTensor, take, useBackend } from '../lib/device.ts';

useBackend();

const TOLERANCE = 2e-5;

/** Gradients of sum(dy f(inputs)) with plain ops only. */
function plainGradients(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  dy: tf.Tensor,
): tf.Tensor[] {
  const before = enableFusedKernels(false);
  try {
    return tf.grads(f)(inputs, dy);
  } finally {
    enableFusedKernels(before);
  }
}

async function expectClose(
  actual: readonly tf.Tensor[],
  expected: readonly tf.Tensor[],
  tolerance = TOLERANCE,
) {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, tensor] of actual.entries()) {
    const wanted = await take(expected[i] as tf.Tensor);
    expect(wanted.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    expect(relativeError(await take(tensor), wanted), `result ${i}`).toBeLessThan(tolerance);
  }
}

describe.each([
  { name: 'several channels a group', shape: [3, 8, 8, 16], groups: 4, activation: 'silu', rows: 3 },
  { name: 'one addend for all', shape: [3, 4, 4, 12], groups: 2, activation: 'gelu', rows: 1 },
  { name: 'no addend, no activation', shape: [2, 5, 3, 6], groups: 3, activation: 'none', rows: 0 },
  { name: 'one channel a group', shape: [2, 4, 4, 8], groups: 8, activation: 'quick_gelu', rows: 0 },
  { name: 'more channels than invocations', shape: [2, 3, 3, 300], groups: 2, activation: 'silu', rows: 2 },
  { name: 'large pictures', shape: [2, 32, 32, 16], groups: 8, activation: 'silu', rows: 0 },
  { name: 'odd channels, large', shape: [2, 40, 40, 15], groups: 3, activation: 'silu', rows: 2 },
  { name: 'one picture', shape: [1, 8, 8, 8], groups: 2, activation: 'silu', rows: 1 },
] as const)('group norm: $name', ({ shape, groups, activation, rows }) => {
  test('gradients agree with plain ops', async () => {
    const channels = shape[3];
    const x = randomTensor('x', [...shape], 2, 1.5);
    const dy = randomTensor('dy', [...shape]);
    const weight = randomTensor('weight', [channels], 1, 0.3);
    const bias = randomTensor('bias', [channels], 0, 0.5);
    const addend = rows === 0 ? [] : [randomTensor('addend', [rows, channels])];
    const expected = plainGradients(
      (x_, weight_, bias_, ...addends) =>
        groupNorm(
          x_ as tf.Tensor4D,
          { weight: weight_ as tf.Tensor1D, bias: bias_ as tf.Tensor1D, groups, epsilon: 1e-5 },
          {
            ...(activation === 'none' ? {} : { activation }),
            ...(addends.length === 0 ? {} : { addend: addends[0] as tf.Tensor2D }),
          },
        ),
      [x, weight, bias, ...addend],
      dy,
    );
    const codes = { none: 0, silu: 1, gelu: 2, quick_gelu: 3 };
    const actual = runFusedKernels(
      GROUP_NORM_GRAD,
      { dy, x, weight, bias, ...(addend[0] === undefined ? {} : { addend: addend[0] }) },
      { groups, epsilon: 1e-5, activation: codes[activation] },
    );
    await expectClose(actual, expected, 5e-5);
    tf.dispose([x, dy, weight, bias, addend]);
  });
});

test.each([[[7, 10]], [[2, 33, 64]], [[300, 130]], [[1, 5]]])(
  'layer norm gradients agree with plain ops: %j',
  async (shape) => {
    const channels = shape.at(-1) as number;
    const x = randomTensor('x', shape, -1, 2);
    const dy = randomTensor('dy', shape);
    const weight = randomTensor('weight', [channels], 1, 0.3);
    const bias = randomTensor('bias', [channels]);
    const expected = plainGradients(
      (x_, weight_, bias_) =>
        layerNorm(x_ as tf.Tensor2D, {
          weight: weight_ as tf.Tensor1D,
          bias: bias_ as tf.Tensor1D,
          epsilon: 1e-5,
        }),
      [x, weight, bias],
      dy,
    );
    await expectClose(runFusedKernels(LAYER_NORM_GRAD, { dy, x, weight }, { epsilon: 1e-5 }), expected, 5e-5);
    tf.dispose([x, dy, weight, bias]);
  },
);

test.each([
  ['silu', ACTIVATION_CODES.silu],
  ['gelu', ACTIVATION_CODES.gelu],
  ['quick_gelu', ACTIVATION_CODES.quickGelu],
] as const)('%s: the gradient agrees with plain ops', async (name, activation) => {
  const x = tf.concat([randomTensor('x', [1000], 0, 3), tf.tensor1d([0, 30, -30, 200, -200])]);
  const dy = randomTensor('dy', [1005]);
  const expected = plainGradients((x_) => activate(x_ as tf.Tensor, name), [x], dy);
  const actual = runFusedKernel(ACTIVATION_GRAD, { dy, x }, { activation });
  await expectClose([actual], expected);
  tf.dispose([x, dy]);
});

test('GEGLU: the gradient agrees with plain ops', async () => {
  const x = randomTensor('x', [3, 5, 26], 0, 2);
  const dy = randomTensor('dy', [3, 5, 13]);
  const expected = plainGradients((x_) => geglu(x_ as tf.Tensor), [x], dy);
  await expectClose([runFusedKernel(GEGLU_GRAD, { dy, x }, {})], expected);
  tf.dispose([x, dy]);
});

test.each([[[5, 3]], [[2, 8, 8, 20]], [[24, 16, 16, 16]], [[3000, 5]], [[4, 5000]]])(
  'column sums of %j',
  async (shape) => {
    const x = randomTensor('x', shape, 0.5);
    const channels = shape.at(-1) as number;
    const values = (await x.data()) as Float32Array;
    const expected = new Float64Array(channels);
    values.forEach((value, i) => (expected[i % channels] = (expected[i % channels] as number) + value));
    const actual = await take(runFusedKernel(COLUMN_SUM, { x }, {}));
    expect(relativeError(actual, Float32Array.from(expected))).toBeLessThan(TOLERANCE);
    x.dispose();
  },
);

describe.each([
  { name: 'self', batch: 2, contexts: 2, queries: 9, keys: 9, heads: 2, headDim: 8, causal: false },
  {
    name: 'cross, shared contexts',
    batch: 4,
    contexts: 2,
    queries: 16,
    keys: 5,
    heads: 3,
    headDim: 4,
    causal: false,
  },
  { name: 'causal', batch: 2, contexts: 2, queries: 7, keys: 7, heads: 2, headDim: 12, causal: true },
])('attention: $name', ({ batch, contexts, queries, keys, heads, headDim, causal }) => {
  test('gradients agree with plain ops, side by side or not', async () => {
    const width = heads * headDim;
    const perContext = (batch / contexts) * queries;
    const q = randomTensor('q', [contexts, perContext, width]);
    const k = randomTensor('k', [contexts, keys, width]);
    const v = randomTensor('v', [contexts, keys, width]);
    const dy = randomTensor('dy', [contexts, perContext, width]);
    const expected = plainGradients(
      (q_, k_, v_) => {
        const part = (data: tf.Tensor) => ({ data: data as tf.Tensor3D, offset: 0 });
        return attention(part(q_ as tf.Tensor), part(k_ as tf.Tensor), part(v_ as tf.Tensor), {
          heads,
          headDim,
          causal,
        });
      },
      [q, k, v],
      dy,
    );
    const attrs = { heads, headDim, causal: causal ? 1 : 0 };
    const both = tf.concat([k, v], 2);
    const wide = tf.concat([tf.zerosLike(q), q], 2);
    await expectClose(
      runFusedKernels(ATTENTION_GRAD, { dy, q, k, v }, { ...attrs, qOffset: 0, kOffset: 0, vOffset: 0 }),
      expected.map((tensor) => tf.clone(tensor)),
    );
    await expectClose(
      runFusedKernels(
        ATTENTION_GRAD,
        { dy, q: wide, k: both, v: both },
        { ...attrs, qOffset: width, kOffset: 0, vOffset: width },
      ),
      expected,
    );
    tf.dispose([q, k, v, dy, both, wide]);
  });
});

/** Computes with TensorFlow.js's own kernels, the input gradient with its plain one. */
function withPlainKernels<T>(compute: () => T): T {
  unregisterFusedKernels('webgpu');
  tf.env().set('WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE', true);
  try {
    return compute();
  } finally {
    tf.env().set('WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE', false);
    registerWebgpuKernels();
  }
}

describe.each([
  { name: '3x3', x: [2, 8, 8, 16], kernel: [3, 3, 16, 20], stride: 1, pad: [1, 1, 1, 1] },
  { name: 'from colours', x: [2, 9, 7, 3], kernel: [3, 3, 3, 16], stride: 1, pad: [1, 1, 1, 1] },
  { name: 'to colours', x: [2, 8, 8, 16], kernel: [3, 3, 16, 3], stride: 1, pad: [1, 1, 1, 1] },
  { name: 'wide', x: [3, 4, 4, 36], kernel: [3, 3, 36, 70], stride: 1, pad: [1, 1, 1, 1] },
  { name: 'odd channels', x: [2, 5, 6, 7], kernel: [3, 3, 7, 5], stride: 1, pad: [1, 1, 1, 1] },
  { name: 'stride 2', x: [2, 8, 8, 8], kernel: [3, 3, 8, 12], stride: 2, pad: [1, 1, 1, 1] },
  {
    name: "stride 2, the autoencoder's padding",
    x: [2, 8, 8, 8],
    kernel: [3, 3, 8, 8],
    stride: 2,
    pad: [0, 1, 0, 1],
  },
  { name: 'stride 2, odd size', x: [2, 7, 9, 5], kernel: [3, 3, 5, 6], stride: 2, pad: [1, 1, 1, 1] },
  { name: '1x1', x: [2, 8, 8, 24], kernel: [1, 1, 24, 8], stride: 1, pad: [0, 0, 0, 0] },
  { name: '5x5', x: [2, 6, 6, 4], kernel: [5, 5, 4, 8], stride: 1, pad: [2, 2, 2, 2] },
  { name: 'many positions', x: [6, 24, 24, 8], kernel: [3, 3, 8, 16], stride: 1, pad: [1, 1, 1, 1] },
] as const)('convolution: $name', ({ x: xShape, kernel: kernelShape, stride, pad }) => {
  test("results and gradients agree with TensorFlow.js's plain kernels", async () => {
    const x = randomTensor('x', [...xShape]) as tf.Tensor4D;
    const kernel = randomTensor('kernel', [...kernelShape], 0, 0.2) as tf.Tensor4D;
    const bias = randomTensor('bias', [kernelShape[3]]) as tf.Tensor1D;
    const [top, bottom, left, right] = pad;
    const pads: [[0, 0], [number, number], [number, number], [0, 0]] = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    const forward = (x_: tf.Tensor, kernel_: tf.Tensor, bias_: tf.Tensor): tf.Tensor =>
      tf.add(tf.conv2d(x_ as tf.Tensor4D, kernel_ as tf.Tensor4D, stride, pads), bias_);
    const attrs = { stride, top, bottom, left, right };
    const y = runFusedKernel(CONV2D, { x, kernel, bias }, attrs);
    await expectClose([tf.clone(y)], [forward(x, kernel, bias)]);
    const dy = randomTensor('dy', y.shape);
    const gradients = (): tf.Tensor[] => tf.grads(forward)([x, kernel, bias], dy);
    const expected = withPlainKernels(gradients);
    await expectClose(
      gradients(),
      expected.map((tensor) => tf.clone(tensor)),
    ); // through TensorFlow.js's names
    await expectClose(runFusedKernels(CONV2D_GRAD, { dy, x, kernel }, attrs), expected);
    tf.dispose([x, kernel, bias, y, dy]);
  });
});

test.each([
  [64, 20, 12],
  [3000, 16, 24],
  [1500, 10, 7],
])(
  "linear of %i rows, %i to %i: gradients agree with TensorFlow.js's kernels",
  async (rows, inside, outside) => {
    const x = randomTensor('x', [rows, inside]);
    const kernel = randomTensor('kernel', [inside, outside]);
    const dy = randomTensor('dy', [rows, outside]);
    const expected = withPlainKernels(() => [
      tf.matMul(dy, kernel, false, true),
      tf.matMul(x, dy, true, false),
      tf.sum(dy, 0),
    ]);
    await expectClose([tf.matMul(x, dy, true, false)], [tf.clone(expected[1] as tf.Tensor)]);
    await expectClose(runFusedKernels(LINEAR_GRAD, { dy, x, kernel }, {}), expected);
    tf.dispose([x, kernel, dy]);
  },
);

test('a transposed convolution comes out the same as with the plain kernel', async () => {
  const x = randomTensor('x', [2, 6, 6, 16]) as tf.Tensor4D;
  const kernel = randomTensor('kernel', [3, 3, 16, 16]) as tf.Tensor4D;
  const run = (): tf.Tensor => tf.conv2dTranspose(x, kernel, [2, 12, 12, 16], 2, 1);
  const expected = withPlainKernels(run);
  await expectClose([run()], [expected], 1e-5);
  tf.dispose([x, kernel]);
});

test('sums over many positions have the same bits every time', async () => {
  const x = randomTensor('x', [4000, 24]);
  const dy = randomTensor('dy', [4000, 24]);
  const first = await take(tf.matMul(x, dy, true, false));
  for (let i = 0; i < 5; i++) expect(await take(tf.matMul(x, dy, true, false))).toEqual(first);
  tf.dispose([x, dy]);
});

test('a sum of more tensors than a shader has buffers for', async () => {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  for (const count of [1, 2, 7, 8, 9, 10, 17, device.limits.maxStorageBuffersPerShaderStage * 3]) {
    const tensors = Array.from({ length: count }, (_, i) => tf.fill([3, 400], i + 1) as tf.Tensor);
    const before = tf.memory().numTensors;
    const sum = await take(tf.addN(tensors));
    expect(sum.every((value) => value === (count * (count + 1)) / 2)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(tensors);
  }
});
