// Gradients of the building blocks: the fused kernels against the plain composition of operations, and that against
// finite differences.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { activate, type ActivationName } from '../../src/lib/ldm/nn/activations.ts';
import { attention } from '../../src/lib/ldm/nn/attention.ts';
import { conv2d, type Conv2dOptions } from '../../src/lib/ldm/nn/conv2d.ts';
import { geglu } from '../../src/lib/ldm/nn/feedForward.ts';
import { groupNorm } from '../../src/lib/ldm/nn/groupNorm.ts';
import { enableFusedKernels } from '../../src/lib/ldm/nn/kernels.ts';
import { layerNorm } from '../../src/lib/ldm/nn/layerNorm.ts';
import { linear } from '../../src/lib/ldm/nn/linear.ts';
import { registerOpGradients } from '../../src/lib/ldm/nn/opGradients.ts';
import { upsampleNearest } from '../../src/lib/ldm/nn/resample.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { randomTensor, take, useBackend } from './lib/device.ts';

const TOLERANCE = 2e-5;
useBackend();
registerOpGradients();

interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly run: (inputs: readonly tf.Tensor[]) => tf.Tensor;
}

const four = (tensor: tf.Tensor | undefined): tf.Tensor4D => tensor as tf.Tensor4D;

const convolution = (
  batch: number,
  [height, width]: readonly [number, number],
  [inputs, outputs, size]: readonly [number, number, number],
  options: Conv2dOptions = {},
): Case => ({
  name: `conv2d ${batch}x${height}x${width}, ${inputs} to ${outputs}, ${size}x${size}, ${JSON.stringify(options)}`,
  shapes: [[batch, height, width, inputs], [size, size, inputs, outputs], [outputs]],
  run: ([x, kernel, bias]) => conv2d(four(x), { kernel: four(kernel), bias: bias as tf.Tensor1D }, options),
});

const normalization = (
  shape: readonly [number, number, number, number],
  groups: number,
  activation: ActivationName | undefined,
  addendRows?: number,
): Case => ({
  name: `groupNorm ${shape.join('x')} in ${groups}, ${activation ?? 'no activation'}, ${addendRows ?? 'no'} addends`,
  shapes: [shape, [shape[3]], [shape[3]], ...(addendRows === undefined ? [] : [[addendRows, shape[3]]])],
  run: ([x, weight, bias, addend]) =>
    groupNorm(
      four(x),
      { weight: weight as tf.Tensor1D, bias: bias as tf.Tensor1D, groups, epsilon: 1e-5 },
      {
        ...(activation && { activation }),
        ...(addend && { addend: addend as tf.Tensor2D }),
      },
    ),
});

const selfAttention = (
  batch: number,
  length: number,
  heads: number,
  headDim: number,
  causal = false,
): Case => ({
  name: `self-attention ${batch}x${length}, ${heads} heads of ${headDim}${causal ? ', causal' : ''}`,
  shapes: [[batch, length, 3 * heads * headDim]],
  run: ([packed]) => {
    const data = packed as tf.Tensor3D;
    const width = heads * headDim;
    const [q, k, v] = [0, width, 2 * width].map((offset) => ({ data, offset })) as [Packed, Packed, Packed];
    return attention(q, k, v, { heads, headDim, causal });
  },
});
type Packed = Parameters<typeof attention>[0];

const crossAttention = (
  [batch, contexts]: readonly [number, number],
  [length, keys]: readonly [number, number],
  heads: number,
  headDim: number,
): Case => ({
  name: `cross-attention ${batch} on ${contexts}, ${length} on ${keys}, ${heads} heads of ${headDim}`,
  shapes: [
    [batch, length, heads * headDim],
    [contexts, keys, 2 * heads * headDim],
  ],
  run: ([q, packed]) => {
    const data = packed as tf.Tensor3D;
    const query = { data: q as tf.Tensor3D, offset: 0 };
    return attention(query, { data, offset: 0 }, { data, offset: heads * headDim }, { heads, headDim });
  },
});

const product = (shape: readonly number[], outputs: number, bias: boolean): Case => ({
  name: `linear ${shape.join('x')} to ${outputs}${bias ? ' with bias' : ''}`,
  shapes: [shape, [shape[shape.length - 1] as number, outputs], ...(bias ? [[outputs]] : [])],
  run: ([x, kernel, offset]) =>
    linear(x as tf.Tensor, {
      kernel: kernel as tf.Tensor2D,
      ...(offset && { bias: offset as tf.Tensor1D }),
    }),
});

const cases: readonly Case[] = [
  convolution(1, [5, 7], [3, 5, 3]),
  convolution(2, [8, 8], [4, 8, 3]),
  convolution(3, [6, 5], [16, 12, 3]),
  convolution(2, [9, 3], [8, 3, 5]),
  convolution(2, [4, 4], [8, 8, 1]),
  convolution(2, [8, 6], [4, 8, 3], { stride: 2, padding: [0, 1, 0, 1] }),
  convolution(1, [7, 9], [5, 4, 3], { stride: 2, padding: 1 }),
  convolution(2, [2, 2], [8, 16, 3]),
  convolution(1, [6, 6], [4, 4, 3], { padding: 0 }),
  product([9, 12], 8, true),
  product([2, 5, 7], 3, true),
  product([3, 90, 16], 20, false),
  product([300, 8], 16, true),
  normalization([2, 3, 5, 8], 4, undefined),
  normalization([1, 4, 4, 16], 8, 'silu'),
  normalization([3, 4, 2, 12], 3, 'silu', 3),
  normalization([2, 4, 4, 8], 2, 'gelu', 1),
  normalization([2, 3, 3, 6], 3, 'silu', 2), // channels that are not whole vectors
  ...[
    [4, 8],
    [2, 3, 12],
    [5, 6],
  ].map((shape): Case => ({
    name: `layerNorm ${shape.join('x')}`,
    shapes: [shape, [shape[shape.length - 1] as number], [shape[shape.length - 1] as number]],
    run: ([x, weight, bias]) =>
      layerNorm(x as tf.Tensor, { weight: weight as tf.Tensor1D, bias: bias as tf.Tensor1D, epsilon: 1e-5 }),
  })),
  ...(['silu', 'gelu', 'quick_gelu', 'mish', 'relu'] as const).flatMap((name) =>
    [
      [3, 8],
      [7, 3],
    ].map((shape): Case => ({
      name: `${name} ${shape.join('x')}`,
      shapes: [shape],
      run: ([x]) => activate(x as tf.Tensor, name),
    })),
  ),
  ...[
    [2, 5, 16],
    [3, 6],
  ].map((shape): Case => ({
    name: `geglu ${shape.join('x')}`,
    shapes: [shape],
    run: ([x]) => geglu(x as tf.Tensor),
  })),
  selfAttention(2, 16, 2, 8),
  selfAttention(1, 13, 3, 4),
  selfAttention(2, 7, 1, 12, true),
  selfAttention(2, 5, 2, 6), // features that are not whole vectors
  crossAttention([2, 2], [16, 13], 2, 8),
  crossAttention([4, 2], [6, 3], 1, 20),
  {
    name: 'upsampleNearest 2x3x4x5',
    shapes: [[2, 3, 4, 5]],
    run: ([x]) => upsampleNearest(four(x), 6, 8),
  },
  {
    name: 'upsampleNearest 2x2x2x8',
    shapes: [[2, 2, 2, 8]],
    run: ([x]) => upsampleNearest(four(x), 4, 4),
  },
];

const inputsOf = ({ name, shapes }: Case): tf.Tensor[] =>
  shapes.map((shape, i) => randomTensor(`${name} ${i}`, [...shape], 0.1, 0.7));

/** A loss with a different weight for every number of the result. */
function lossOf({ name, run }: Case): (...inputs: tf.Tensor[]) => tf.Scalar {
  return (...inputs) =>
    tf.tidy(() => {
      const y = run(inputs);
      return tf.sum(tf.mul(y, randomTensor(`${name} weights`, y.shape)));
    });
}

describe.each(cases)('$name', (subject) => {
  test('the fused gradients are those of the plain operations', async () => {
    const inputs = inputsOf(subject);
    const gradients = tf.grads(lossOf(subject));
    const before = tf.memory().numTensors;
    const fused = gradients(inputs);
    expect(tf.memory().numTensors).toBe(before + inputs.length);
    enableFusedKernels(false);
    let plain: tf.Tensor[];
    try {
      plain = gradients(inputs);
    } finally {
      enableFusedKernels(true);
    }
    for (const [i, gradient] of fused.entries()) {
      expect(gradient.shape).toEqual(subject.shapes[i]);
      const expected = await take(plain[i] as tf.Tensor);
      expect(relativeError(await take(gradient), expected), `input ${i}`).toBeLessThan(TOLERANCE);
    }
    tf.dispose(inputs);
    expect(tf.memory().numTensors).toBe(before - inputs.length);
  });

  test('the gradient is the slope of the loss', async () => {
    const inputs = inputsOf(subject);
    const loss = lossOf(subject);
    const gradients = tf.grads(loss)(inputs);
    for (const [i, gradient] of gradients.entries()) {
      // along a random direction, by central differences
      const slope = tf.tidy(() => {
        const direction = randomTensor(`${subject.name} direction ${i}`, [
          ...(subject.shapes[i] as number[]),
        ]);
        const at = (step: number): tf.Tensor =>
          loss(...inputs.map((input, j) => (j === i ? tf.add(input, tf.mul(direction, step)) : input)));
        const step = 2e-3;
        const measured = tf.div(tf.sub(at(step), at(-step)), 2 * step);
        const size = tf.sqrt(tf.mul(tf.sum(tf.square(gradient)), tf.sum(tf.square(direction))));
        return tf.stack([measured, tf.sum(tf.mul(gradient, direction)), size]);
      });
      const [measured, computed, size] = (await take(slope)) as unknown as [number, number, number];
      expect(Math.abs(measured - computed) / size, `input ${i}`).toBeLessThan(0.01);
    }
    tf.dispose([...gradients, ...inputs]);
  });
});
