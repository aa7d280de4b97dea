// The attribute classifier on each backend: shrinking by averaging, sizes, answers; that it is PyTorch's is in tests/parity.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { AttributeClassifierConfig } from '../../tools/lib/evaluation/attributeClassifierConfig.ts';
import { AttributeClassifier, averaged } from '../../tools/lib/evaluation/attributeClassifier.ts';
import { Rng } from '../../src/lib/ldm/base/rng.ts';
import type { HostTensor } from '../../src/lib/ldm/weights/safetensors.ts';
import { useBackend } from './lib/device.ts';

useBackend();

const config: AttributeClassifierConfig = {
  sampleSize: 8,
  convChannels: [4, 4, 8, 8],
  featureSize: 6,
  attributes: [
    { name: 'a', values: ['x', 'y'] },
    { name: 'b', values: ['p', 'q', 'r'] },
  ],
};

function randomState(): Map<string, HostTensor> {
  const rng = new Rng('classifier');
  const state = new Map<string, HostTensor>();
  const add = (name: string, shape: readonly number[]): void => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => 0.3 * rng.normal());
    state.set(name, { shape, dtype: 'F32', data });
  };
  const layer = (name: string, shape: readonly number[]): void => {
    add(`${name}.weight`, shape);
    add(`${name}.bias`, [shape[0]!]);
  };
  for (const [k, channels] of config.convChannels.entries()) {
    layer(`convs.${k}`, [channels, config.convChannels[k - 1] ?? 3, 3, 3]);
  }
  layer('features', [6, 2 * 2 * 8]);
  layer('heads.0', [2, 6]);
  layer('heads.1', [3, 6]);
  return state;
}

const noise = (side: number): tf.Tensor4D => {
  const rng = new Rng(`pictures of ${side}`);
  return tf.tensor4d(
    new Float32Array(2 * side * side * 3).map(() => rng.normal()),
    [2, side, side, 3],
  );
};

test('a pixel of a shrunk picture is the mean of those that it stands for', async () => {
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], [1, 4, 4, 1]);
  const small = averaged(x, 2);
  expect(Array.from(await small.data<'float32'>())).toEqual([3.5, 5.5, 11.5, 13.5]);
  tf.dispose([x, small]);
});

test('sees the same in a large picture as in the shrunk one, and leaves no tensors', async () => {
  const before = tf.memory().numTensors;
  const classifier = AttributeClassifier.create(config, randomState());
  const large = noise(16);
  const small = averaged(large, 8);
  const [ours, same] = [classifier.forward(large), classifier.forward(small)];
  expect(ours.features.shape).toEqual([2, 6]);
  expect(ours.logits.shape).toEqual([2, 5]);
  const [a, b] = await Promise.all([ours.logits.data<'float32'>(), same.logits.data<'float32'>()]);
  for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 5);
  tf.dispose([large, small, ours.features, ours.logits, same.features, same.logits]);
  classifier.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('answers with the largest logit of each attribute', () => {
  const classifier = AttributeClassifier.create(config, randomState());
  expect(classifier.answers([0.1, 0.2, 3, -1, 2])).toEqual([1, 0]);
  classifier.dispose();
});

test('says which weights do not fit', () => {
  const state = randomState();
  state.delete('heads.1.weight');
  expect(() => AttributeClassifier.create(config, state)).toThrow('heads.1.weight');
});
