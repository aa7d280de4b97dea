// The building blocks against what PyTorch computes (tests/fixtures/make_nn.py), with the fused kernels and without.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activate, type ActivationName } from '../../src/lib/ldm/nn/activations.ts';
import { attention } from '../../src/lib/ldm/nn/attention.ts';
import { conv2d, readConv2d } from '../../src/lib/ldm/nn/conv2d.ts';
import { geglu } from '../../src/lib/ldm/nn/feedForward.ts';
import { groupNorm } from '../../src/lib/ldm/nn/groupNorm.ts';
import { enableFusedKernels, GROUP_NORM, hasFusedKernel } from '../../src/lib/ldm/nn/kernels.ts';
import { layerNorm } from '../../src/lib/ldm/nn/layerNorm.ts';
import { linear, readLinear } from '../../src/lib/ldm/nn/linear.ts';
import { ParameterReader } from '../../src/lib/ldm/nn/parameters.ts';
import { upsampleNearest } from '../../src/lib/ldm/nn/resample.ts';
import { timestepSinusoids } from '../../src/lib/ldm/nn/timestepEmbedding.ts';
import { parseSafetensors, type StateDict } from '../../src/lib/ldm/weights/safetensors.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { fixture, take, useBackend } from './lib/device.ts';

const TOLERANCE = 1e-5;
useBackend();

let tensors: StateDict;
beforeAll(async () => {
  const bytes = await (await fixture('nn')).read('ops.safetensors');
  if (bytes === undefined) throw new Error('tests/fixtures/nn/ops.safetensors is missing');
  tensors = parseSafetensors(bytes);
});

function host(name: string): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`the fixture has no tensor ${name}`);
  return found;
}

const load = (name: string): tf.Tensor => tf.tensor(host(name).data, [...host(name).shape]);

/** A layer's weights of the fixture, read as a model reads them. */
function reader(name: string): ParameterReader {
  const state = new Map([...tensors].filter(([key]) => [`${name}.weight`, `${name}.bias`].includes(key)));
  return ParameterReader.open(state, 'fixture').scope(name);
}

async function expectClose(actual: tf.Tensor, name: string, tolerance = TOLERANCE): Promise<void> {
  expect(actual.shape).toEqual(host(name).shape);
  expect(relativeError(await take(actual), host(name).data)).toBeLessThan(tolerance);
}

describe.each([
  ['conv3', {}],
  ['conv3-stride2', { stride: 2 }],
  ['conv3-right-bottom', { stride: 2, padding: [0, 1, 0, 1] }],
  ['conv5', {}],
  ['conv1', {}],
] as const)('%s', (name, options) => {
  test('agrees with PyTorch', async () => {
    const [out, channels, size] = host(`${name}.weight`).shape as [number, number, number];
    const params = reader(name);
    const weights = readConv2d(params, channels, out, size);
    params.finish();
    const y = tf.tidy(() => conv2d(load(`${name}.x`) as tf.Tensor4D, weights, options));
    params.dispose();
    await expectClose(y, `${name}.y`);
  });
});

test('linear agrees with PyTorch', async () => {
  const params = reader('linear');
  const weights = readLinear(params, 10, 6);
  params.finish();
  const y = tf.tidy(() => linear(load('linear.x'), weights));
  params.dispose();
  await expectClose(y, 'linear.y');
});

test.each([
  ['flip', { dim: 16, flipSinToCos: true, freqShift: 0 }],
  ['shift', { dim: 10, flipSinToCos: false, freqShift: 1 }],
] as const)('timestep sinusoids agree with diffusers: %s', (name, options) => {
  const ours = timestepSinusoids([...host('sinusoids.t').data], options);
  expect(relativeError(ours, host(`sinusoids.${name}`).data)).toBeLessThan(1e-6);
});

test.each(['upsample', 'upsample-odd'])('%s agrees with PyTorch', async (name) => {
  const [, height, width] = host(`${name}.y`).shape as [number, number, number];
  await expectClose(
    tf.tidy(() => upsampleNearest(load(`${name}.x`) as tf.Tensor4D, height, width)),
    `${name}.y`,
  );
});

test('the backend has a fused group norm', () => {
  expect(hasFusedKernel(GROUP_NORM, 8)).toBe(true);
});

describe.each([
  ['fused where there is a kernel', true],
  ['plain ops', false],
])('%s', (_, fused) => {
  let before = true;
  beforeAll(() => {
    before = enableFusedKernels(fused);
  });
  afterAll(() => {
    enableFusedKernels(before);
  });

  test.each([
    ['group-norm', 2, undefined],
    ['group-norm-silu', 4, 'silu'],
    ['group-norm-silu-addend', 4, 'silu'],
    ['group-norm-gelu-addend-one-row', 8, 'gelu'],
    ['group-norm-odd', 3, 'silu'],
  ] as const)('%s', async (name, groups, activation) => {
    const y = tf.tidy(() => {
      const [weight, bias] = [load(`${name}.weight`) as tf.Tensor1D, load(`${name}.bias`) as tf.Tensor1D];
      return groupNorm(
        load(`${name}.x`) as tf.Tensor4D,
        { weight, bias, groups, epsilon: 1e-5 },
        {
          ...(activation === undefined ? {} : { activation }),
          ...(tensors.has(`${name}.addend`) ? { addend: load(`${name}.addend`) as tf.Tensor2D } : {}),
        },
      );
    });
    await expectClose(y, `${name}.y`, 2e-5); // the mean is 15 deviations from zero
  });

  test.each(['layer-norm', 'layer-norm-odd'])('%s', async (name) => {
    const y = tf.tidy(() => {
      const [weight, bias] = [load(`${name}.weight`) as tf.Tensor1D, load(`${name}.bias`) as tf.Tensor1D];
      return layerNorm(load(`${name}.x`), { weight, bias, epsilon: 1e-5 });
    });
    await expectClose(y, `${name}.y`);
  });

  test.each(['silu', 'gelu', 'relu', 'mish', 'quick_gelu'] satisfies ActivationName[])('%s', async (name) => {
    await expectClose(
      tf.tidy(() => activate(load('activation.x'), name)),
      `activation.${name}`,
    );
  });

  test.each(['geglu', 'geglu-odd'])('%s', async (name) => {
    await expectClose(
      tf.tidy(() => geglu(load(`${name}.x`))),
      `${name}.y`,
    );
  });

  test.each([
    ['attention-self', 2, 8, false],
    ['attention-cross', 3, 4, false],
    ['attention-causal', 2, 4, true],
    ['attention-odd', 2, 3, false],
    ['attention-one-key', 1, 4, false],
    ['attention-long', 1, 12, false],
  ] as const)('%s', async (name, count, headDim, causal) => {
    const separate = tf.tidy(() => {
      const [q, k, v] = ['q', 'k', 'v'].map((part) => ({
        data: load(`${name}.${part}`) as tf.Tensor3D,
        offset: 0,
      }));
      return attention(q!, k!, v!, { heads: count, headDim, causal });
    });
    await expectClose(separate, `${name}.y`);
    // keys and values side by side, as the models project them
    const packed = tf.tidy(() => {
      const both = tf.concat3d([load(`${name}.k`) as tf.Tensor3D, load(`${name}.v`) as tf.Tensor3D], 2);
      const q = { data: load(`${name}.q`) as tf.Tensor3D, offset: 0 };
      return attention(
        q,
        { data: both, offset: 0 },
        { data: both, offset: count * headDim },
        { heads: count, headDim, causal },
      );
    });
    await expectClose(packed, `${name}.y`);
  });
});

test('attention refuses a context that does not divide the batch', () => {
  tf.tidy(() => {
    const q = { data: tf.zeros([3, 2, 4]) as tf.Tensor3D, offset: 0 };
    const k = { data: tf.zeros([2, 2, 4]) as tf.Tensor3D, offset: 0 };
    expect(() => attention(q, k, k, { heads: 1, headDim: 4 })).toThrow(
      '2 contexts cannot serve a batch of 3',
    );
  });
});
