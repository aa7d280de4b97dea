// The losses: what the denoiser is to say leads back to the picture and to the noise; each part by its formula.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { addNoise, convertPrediction } from '../../src/lib/ldm/diffusion/prediction.ts';
import { klLoss, reconstructionLoss, samplePosterior } from '../../src/lib/ldm/training/autoencoderLoss.ts';
import { diffusionLoss, diffusionTarget, type NoisyBatch } from '../../src/lib/ldm/training/diffusionLoss.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { randomTensor, take, useBackend } from './lib/device.ts';

useBackend();

const SHAPE = [2, 3, 5, 4];

const levelsOf = (type: string) =>
  type === 'flow'
    ? [
        { alpha: 0.75, sigma: 0.25 },
        { alpha: 0.1, sigma: 0.9 },
      ]
    : [
        { alpha: 0.6, sigma: 0.8 },
        { alpha: Math.cos(0.2), sigma: Math.sin(0.2) },
      ];

describe.each(['epsilon', 'sample', 'v_prediction', 'flow'] as const)('%s', (type) => {
  test('the target leads back to x0 and to the noise', async () => {
    const before = tf.memory().numTensors;
    const batch: NoisyBatch = {
      x0: randomTensor('x0', SHAPE) as tf.Tensor4D,
      noise: randomTensor('noise', SHAPE) as tf.Tensor4D,
      levels: levelsOf(type),
    };
    const xt = addNoise(batch.x0, batch.noise, batch.levels);
    const target = diffusionTarget(type, batch);
    const part = (x: tf.Tensor4D, index: number): tf.Tensor4D =>
      tf.slice(x, [index, 0, 0, 0], [1, -1, -1, -1]);
    for (const [index, level] of batch.levels.entries()) {
      const [x, t] = [part(xt, index), part(target, index)];
      const { predX0, predNoise } = convertPrediction(type, x, t, level);
      expect(relativeError(await take(predX0), await take(part(batch.x0, index)))).toBeLessThan(1e-5);
      expect(relativeError(await take(predNoise), await take(part(batch.noise, index)))).toBeLessThan(1e-5);
      tf.dispose([x, t]);
    }
    tf.dispose([batch.x0, batch.noise, xt, target]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('each picture has its error, and the loss weighs them', async () => {
  const prediction = tf.tensor4d([1, 2, 3, 4, 0, 0, 0, 0], [2, 2, 2, 1]);
  const target = tf.tensor4d([0, 0, 0, 0, 2, 2, 2, 2], [2, 2, 2, 1]);
  const plain = diffusionLoss(prediction, target);
  expect([...(await take(plain.errors))]).toEqual([7.5, 4]);
  expect([...(await take(plain.loss))]).toEqual([5.75]);
  const weighted = diffusionLoss(prediction, target, [2, 0.5]);
  expect([...(await take(weighted.errors))]).toEqual([7.5, 4]);
  expect([...(await take(weighted.loss))]).toEqual([8.5]);
  expect(() => diffusionLoss(prediction, target, [1])).toThrow('expected 2 weights, one a picture, got 1');
  expect(() => addNoise(prediction, target, [{ alpha: 1, sigma: 0 }])).toThrow(
    'expected 2 noise levels, one a picture, got 1',
  );
  tf.dispose([prediction, target]);
});

test('the reconstruction loss has three parts', async () => {
  const before = tf.memory().numTensors;
  const x = tf.zeros([1, 2, 3, 1]) as tf.Tensor4D;
  const y = tf.tensor4d([1, -2, 3, 0, 0, 0], [1, 2, 3, 1]);
  const part = async (weights: Parameters<typeof reconstructionLoss>[2]): Promise<number> =>
    (await take(reconstructionLoss(y, x, weights)))[0] as number;
  expect(await part({ l1: 1, l2: 0, edges: 0 })).toBeCloseTo(6 / 6, 6);
  expect(await part({ l1: 0, l2: 1, edges: 0 })).toBeCloseTo(14 / 6, 6);
  // down: 1, 2, 3 of three differences; across: 3 and 5 of four
  expect(await part({ l1: 0, l2: 0, edges: 1 })).toBeCloseTo(6 / 3 + 8 / 4, 6);
  expect(await part({})).toBeCloseTo(1 + 14 / 6 + 0.5 * 4, 5);
  tf.dispose([x, y]);
  expect(tf.memory().numTensors).toBe(before);
});

test('the KL loss is 0 for the standard normal, and the formula elsewhere', async () => {
  const at = async (mean: number, logvar: number): Promise<number> => {
    const shape: [number, number, number, number] = [1, 2, 2, 3];
    const posterior = {
      mean: tf.fill(shape, mean) as tf.Tensor4D,
      logvar: tf.fill(shape, logvar) as tf.Tensor4D,
    };
    const value = (await take(klLoss(posterior)))[0] as number;
    tf.dispose([posterior.mean, posterior.logvar]);
    return value;
  };
  expect(await at(0, 0)).toBeCloseTo(0, 7);
  expect(await at(2, 0)).toBeCloseTo(2, 5);
  expect(await at(0, -4)).toBeCloseTo(0.5 * (Math.exp(-4) - 1 + 4), 5);
});

test('latents are drawn with the mean and the deviation of the posterior', async () => {
  const mean = tf.tensor4d([1, -1], [1, 1, 1, 2]);
  const logvar = tf.tensor4d([0, 2 * Math.log(3)], [1, 1, 1, 2]);
  const noise = tf.tensor4d([0.5, 2], [1, 1, 1, 2]);
  const drawn = await take(samplePosterior({ mean, logvar }, noise));
  expect(drawn[0]).toBeCloseTo(1.5, 6);
  expect(drawn[1]).toBeCloseTo(5, 5);
  tf.dispose([mean, logvar, noise]);
});
