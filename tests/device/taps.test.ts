// Taps: what is seen inside a denoiser is what it computes with, and looking changes nothing.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TapPoint } from '../../src/lib/ldm/config/unetPoints.ts';
import { UNet2DConditionModel } from '../../src/lib/ldm/models/unet2DConditionModel.ts';
import { TapRecorder, type RecordedTap, type TapNames } from '../../src/lib/ldm/models/unetTaps.ts';
import { attention } from '../../src/lib/ldm/nn/attention.ts';
import { readUnet } from '../../src/lib/ldm/pipeline/modelFolder.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { fixture, randomTensor, take, useBackend, useMicro } from './lib/device.ts';

useBackend();
const micro = useMicro();

/** Names of all points of one kind. */
const namesOf = (points: readonly TapPoint[], kind: TapPoint['kind']): string[] =>
  points.filter((point) => point.kind === kind).map(({ name }) => name);

const everything = (points: readonly TapPoint[]): TapNames => ({
  attention: namesOf(points, 'attention'),
  activations: namesOf(points, 'activations'),
});

/** The largest distance of a row's sum from 1. */
function worstSum({ point, data }: RecordedTap): number {
  const keys = point.shape[3];
  let worst = 0;
  for (let row = 0; row < data.length; row += keys) {
    const sum = data.subarray(row, row + keys).reduce((total, value) => total + value, 0);
    worst = Math.max(worst, Math.abs(sum - 1));
  }
  return worst;
}

describe('an attention that shows its probabilities', () => {
  test.each([
    ['of a batch of its own', 2, 2],
    ['of images that share a text', 6, 2],
    ['of images that share one text', 3, 1],
  ])('gives what the fused one gives, %s', async (_, batch, contexts) => {
    const [heads, headDim, queries, keys] = [2, 4, 5, 7];
    const width = heads * headDim;
    const [q, k, v] = [
      randomTensor('q', [batch, queries, width]),
      randomTensor('k', [contexts, keys, width]),
      randomTensor('v', [contexts, keys, width]),
    ] as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const run = (onProbabilities?: (shares: tf.Tensor4D) => void): tf.Tensor3D =>
      attention(
        { data: q, offset: 0 },
        { data: k, offset: 0 },
        { data: v, offset: 0 },
        { heads, headDim, onProbabilities },
      );
    const fused = await take(run());
    let shares: tf.Tensor4D | undefined;
    const plain = await take(run((seen) => (shares = tf.keep(tf.clone(seen)))));
    expect(relativeError(plain, fused)).toBeLessThan(1e-5);
    expect(shares?.shape).toEqual([batch, heads, queries, keys]);
    const mixed = tf.tidy(() => {
      // Image i sees the text floor(i * contexts / batch).
      const texts = Array.from({ length: batch }, (__, i) =>
        tf.slice(v, [Math.floor((i * contexts) / batch), 0, 0], [1, keys, width]),
      );
      const values = tf.transpose(
        tf.reshape(tf.concat(texts, 0), [batch, keys, heads, headDim]),
        [0, 2, 1, 3],
      );
      return tf.transpose(tf.matMul(shares!, values), [0, 2, 1, 3]);
    });
    expect(relativeError(await take(mixed), fused)).toBeLessThan(1e-5);
    tf.dispose([q, k, v, shares!]);
  });
});

describe.each(['micro', 'diffusers-tiny', 'odd-tiny'])('the denoiser of %s', (folder) => {
  let unet: UNet2DConditionModel;
  let sizes: { height: number; width: number; tokens: number };
  beforeAll(async () => {
    const { config, state } = await readUnet(await fixture(folder));
    unet = UNet2DConditionModel.create(config, state);
    // An odd side is halved and met again.
    sizes = { height: 8, width: 7, tokens: 5 };
    return () => unet.dispose();
  });

  const inputs = (): [tf.Tensor4D, tf.Tensor3D] => [
    randomTensor('x', [2, sizes.height, sizes.width, unet.config.inChannels]) as tf.Tensor4D,
    randomTensor('c', [1, sizes.tokens, unet.config.crossAttentionDim ?? 1]) as tf.Tensor3D,
  ];

  test('shows every point in the shape it lists, and computes the same', async () => {
    const points = unet.tapPoints({ ...sizes, batch: 2 });
    const [x, context] = inputs();
    const fused = await take(unet.forward(x, 500, context));
    const before = tf.memory().numTensors;
    const shapes: [string, number[]][] = [];
    const recorder = new TapRecorder(everything(points));
    const output = unet.forward(x, 500, context, {
      ...everything(points),
      onTap: (tap) => {
        shapes.push([tap.point.name, tap.tensor.shape]);
        recorder.onTap(tap);
      },
    });
    const values = await take(output);
    expect(relativeError(values, fused)).toBeLessThan(1e-5);
    expect(shapes).toEqual(points.map(({ name, shape }) => [name, [...shape]]));
    expect(tf.memory().numTensors).toBe(before + points.length);
    const read = await recorder.read();
    expect(read.map(({ point }) => point)).toEqual(points);
    expect(tf.memory().numTensors).toBe(before);
    for (const tap of read) {
      expect(tap.data.length).toBe(tap.point.shape.reduce((a, b) => a * b, 1));
      if (tap.point.kind === 'attention') expect(worstSum(tap)).toBeLessThan(1e-5);
    }
    // The last of what it shows is what it returns.
    expect(read.at(-1)?.data).toEqual(values);
    tf.dispose([x, context]);
  });

  test('shows what is asked for and no more, and takes the fused path elsewhere', async () => {
    const [x, context] = inputs();
    const cross = unet
      .tapPoints(sizes)
      .filter((point) => point.kind === 'attention' && point.sees === 'text');
    const recorder = new TapRecorder({ attention: 'cross', activations: ['mid_block'] });
    const before = tf.memory().numTensors;
    tf.dispose(unet.forward(x, 3, context, recorder));
    const names = (await recorder.read()).map(({ point }) => point.name).sort();
    expect(names).toEqual([...cross.map(({ name }) => name), 'mid_block'].sort());
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(unet.forward(x, 3, context, recorder));
    recorder.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(await recorder.read()).toEqual([]);
    tf.dispose([x, context]);
  });
});

test('an unknown name is refused with a list of what there is', () => {
  const { unet } = micro.pipe;
  tf.tidy(() => {
    const [x, context] = [tf.zeros([1, 4, 4, 4]) as tf.Tensor4D, tf.zeros([1, 16, 8]) as tf.Tensor3D];
    const before = tf.memory().numTensors;
    const forward = (names: TapNames) => unet.forward(x, 0, context, new TapRecorder(names));
    expect(() => forward({ activations: ['mid_blok'] })).toThrow(
      /^activations: expected names of what the denoiser has, got 'mid_blok'\. It has: conv_in, down_blocks\.0\.resnets\.0,/,
    );
    expect(() => forward({ attention: ['mid_block'] })).toThrow(
      'It has: mid_block.attentions.0.transformer_blocks.0.attn1, mid_block.attentions.0.transformer_blocks.0.attn2.',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a generation refuses an unknown name before it computes anything', async () => {
  const options = { prompt: 'a person', seed: 5, taps: new TapRecorder({ attention: ['mid_block'] }) };
  const message = /^attention: expected names of what the denoiser has, got 'mid_block'/;
  expect(() => micro.pipe.check(options)).toThrow(message);
  let begun = false;
  const drawing = micro.pipe.generate({ ...options, onStart: () => void (begun = true) });
  await expect(drawing).rejects.toThrow(message);
  expect(begun).toBe(false);
});

test('an observer that throws leaves nothing behind', () => {
  const [x, context] = [randomTensor('x', [1, 4, 4, 4]), randomTensor('c', [1, 16, 8])];
  const before = tf.memory().numTensors;
  const fail = (): never => {
    throw new Error('seen enough');
  };
  expect(() =>
    micro.pipe.unet.forward(x as tf.Tensor4D, 0, context as tf.Tensor3D, { attention: 'cross', onTap: fail }),
  ).toThrow('seen enough');
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, context]);
});

test('a generation hands out each step before it tells of it, and draws the same', async () => {
  const options = { prompt: 'a person', seed: 5, numInferenceSteps: 3, guidanceScale: 2 };
  const expected = await take(await micro.pipe.textToImage(options));
  const before = tf.memory().numTensors;
  const taps = new TapRecorder({ attention: 'cross' });
  const steps: { step: number; shapes: (readonly number[])[] }[] = [];
  const latents = await micro.pipe.textToImage({
    ...options,
    taps,
    onStep: async ({ index }) => {
      const read = await taps.read();
      steps.push({ step: index, shapes: read.map(({ point }) => point.shape) });
    },
  });
  expect(relativeError(await take(latents), expected)).toBeLessThan(1e-5);
  const shapes = micro.pipe.unet
    .tapPoints({ height: 4, width: 4, tokens: micro.pipe.promptLength, batch: 2 })
    .filter((point) => point.kind === 'attention' && point.sees === 'text')
    .map(({ shape }) => shape);
  expect(steps).toEqual([0, 1, 2].map((step) => ({ step, shapes })));
  expect(tf.memory().numTensors).toBe(before);
});
