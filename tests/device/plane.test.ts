// Toy networks in the plane: the same again for the same seed, nothing left behind, and what they refuse.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { drawMixture, ringMixture } from '../../src/datasets/gaussianMixture.ts';
import { planeField } from '../../src/lib/ldm/samplers/plane.ts';
import { PlaneDiffusion } from '../../src/lib/ldm/training/planeDiffusion.ts';
import { PlaneGan } from '../../src/lib/ldm/training/planeGan.ts';
import { useBackend } from './lib/device.ts';

useBackend();

const data = drawMixture(ringMixture(), 4096, 1);
const { points } = data;

type Losses = Readonly<Record<string, number>>;

/** Trains for so many steps; the losses of each, by name. */
async function train(network: { next(): Promise<Losses> }, steps: number): Promise<Losses[]> {
  const losses: Losses[] = [];
  for (let i = 0; i < steps; i++) losses.push(await network.next());
  return losses;
}

describe.each([
  ['diffusion', (seed: number) => new PlaneDiffusion({ points }, { seed, steps: 30, batch: 64 })],
  ['GAN', (seed: number) => new PlaneGan({ points }, { seed, batch: 64 })],
] as const)('any %s', (_, make) => {
  test('is the same again for the same seed, and another for another', async () => {
    const run = async (seed: number) => {
      const network = make(seed);
      const losses = await train(network, 5);
      const samples = await network.sample(32, 9);
      network.dispose();
      return { losses, samples };
    };
    const first = await run(4);
    expect(await run(4)).toEqual(first);
    expect((await run(5)).samples).not.toEqual(first.samples);
  });

  test('leaves nothing behind, and makes nothing from step to step', async () => {
    const before = tf.memory().numTensors;
    const network = make(1);
    await train(network, 2);
    const during = tf.memory().numTensors;
    await train(network, 3);
    const few = await network.sample(10, 1);
    // A point does not depend on how many there are.
    const more = await network.sample(20, 1);
    few.forEach((value, i) => expect(more[i]).toBeCloseTo(value, 5));
    expect(network.step).toBe(5);
    expect(tf.memory().numTensors).toBe(during);
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('data that cannot be learnt from is refused, with nothing left behind', () => {
  const before = tf.memory().numTensors;
  expect(() => new PlaneGan({ points: new Float32Array(0) }, { seed: 1 })).toThrow('at least one point');
  const options = { seed: 1, steps: 1 };
  expect(() => new PlaneDiffusion({ points: new Float32Array(3) }, options)).toThrow('got 3 numbers');
  expect(() => new PlaneDiffusion({ points, labels: [1] }, options)).toThrow('expected 4096 whole numbers');
  expect(tf.memory().numTensors).toBe(before);
});

test('a timestep or class that there is not is refused', async () => {
  const network = new PlaneDiffusion(data, { seed: 1, steps: 1 });
  const x = Float32Array.from([0, 0]);
  const before = tf.memory().numTensors;
  await expect(planeField(network.denoiser, x, 1000)).rejects.toThrow('expected a timestep from 0 to 999');
  await expect(planeField(network.denoiser, x, 1, { labels: 8 })).rejects.toThrow('expected a class below 8');
  expect(tf.memory().numTensors).toBe(before);
  network.dispose();
});
