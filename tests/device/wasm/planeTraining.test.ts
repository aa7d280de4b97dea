// Toy networks in the plane: both learn eight Gaussians, are the same again for the same seed, and leave nothing behind.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { drawMixture, ringMixture } from '../../../src/datasets/gaussianMixture.ts';
import { countModes } from '../../../src/lib/ldm/metrics/modes.ts';
import { NO_CLASS, PlaneDenoiser } from '../../../src/lib/ldm/models/planeDenoiser.ts';
import { planeField, samplePlane } from '../../../src/lib/ldm/samplers/plane.ts';
import { planeNoise } from '../../../src/lib/ldm/training/planeBatch.ts';
import { PlaneDiffusion } from '../../../src/lib/ldm/training/planeDiffusion.ts';
import { PlaneGan } from '../../../src/lib/ldm/training/planeGan.ts';
import { useBackend } from '../lib/device.ts';

useBackend();

const mixture = ringMixture();
const data = drawMixture(mixture, 4096, 1);
const { points } = data;

/** Trains for so many steps; the losses of each, by name. */
async function train<L extends Readonly<Record<string, number>>>(
  network: { next(): Promise<L> },
  steps: number,
): Promise<L[]> {
  const losses: L[] = [];
  for (let i = 0; i < steps; i++) losses.push(await network.next());
  return losses;
}

describe('the diffusion model', () => {
  test('learns eight Gaussians: most samples are in a mode, and no mode is missing', async () => {
    const steps = 1200;
    const network = new PlaneDiffusion({ points }, { seed: 1, steps });
    const before = countModes(await network.sample(1000, 3), mixture);
    expect(before.inside).toBeLessThan(0.2);
    const losses = await train(network, steps);
    const mean = (list: readonly { loss: number }[]) =>
      list.reduce((sum, { loss }) => sum + loss, 0) / list.length;
    expect(mean(losses.slice(0, 3))).toBeGreaterThan(0.8);
    expect(mean(losses.slice(-50))).toBeLessThan(0.25);
    const after = countModes(await network.sample(1000, 3), mixture);
    expect(after.covered).toBe(8);
    expect(after.inside).toBeGreaterThan(0.75);
    expect(Math.min(...after.counts)).toBeGreaterThan(50);

    // Where there is much noise, nearly all of x is noise.
    const x = Float32Array.from([3, 0, 0, -2]);
    const field = await network.field(x, 900);
    field.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThan(0.5));

    // The averaged weights are the network.
    const again = PlaneDenoiser.create(network.denoiser.config, await network.weights());
    expect(await samplePlane(again, planeNoise(3, 50))).toEqual(await network.sample(50, 3));
    again.dispose();
    network.dispose();
  });

  test('draws the class that it is asked for; guidance goes on in the direction of the class', async () => {
    const network = new PlaneDiffusion(data, { seed: 2, steps: 500 });
    await train(network, 500);
    const share = async (labels: number): Promise<number> => {
      const drawn = await network.sample(200, 5, { labels });
      // Points whose nearest mode is the one asked for, however far they are.
      const { counts } = countModes(drawn, { ...mixture, within: Number.POSITIVE_INFINITY });
      return counts[labels]! / 200;
    };
    expect(await share(3)).toBeGreaterThan(0.9);
    expect(await share(6)).toBeGreaterThan(0.9);
    // u + 0 (c - u) is without the class.
    const none = await network.sample(50, 5, { labels: NO_CLASS });
    const zero = await network.sample(50, 5, { labels: 3, guidanceScale: 0 });
    zero.forEach((value, i) => expect(value).toBeCloseTo(none[i]!, 3));
    const [u, c, w] = [
      await network.field(points.subarray(0, 20), 300),
      await network.field(points.subarray(0, 20), 300, { labels: 1 }),
      await network.field(points.subarray(0, 20), 300, { labels: 1, guidanceScale: 4 }),
    ];
    w.forEach((value, i) => expect(value).toBeCloseTo(u[i]! + 4 * (c[i]! - u[i]!), 3));
    network.dispose();
  });
});

describe('the GAN', () => {
  test('learns to make points near the modes; its modes are counted in the same way', async () => {
    const network = new PlaneGan({ points }, { seed: 1 });
    const before = countModes(await network.sample(1000, 3), mixture);
    expect(before.inside).toBeLessThan(0.1);
    expect(before.covered).toBeLessThan(4);
    await train(network, 400);
    const after = countModes(await network.sample(1000, 3), mixture);
    expect(after.inside).toBeGreaterThan(0.3);
    expect(after.covered).toBeGreaterThan(4);
    // The discriminator has learnt where the data is not.
    const [inMode, far] = await network.field(Float32Array.from([1.5, 0, 4, 4]));
    expect(inMode).toBeGreaterThan(far!);
    network.dispose();
  });
});

describe.each([
  ['diffusion', (seed: number) => new PlaneDiffusion({ points }, { seed, steps: 30 })],
  ['GAN', (seed: number) => new PlaneGan({ points }, { seed })],
] as const)('any %s', (_, make) => {
  test('is the same again for the same seed, and another for another', async () => {
    const run = async (seed: number) => {
      const network = make(seed);
      const losses = await train<Readonly<Record<string, number>>>(network, 20);
      const samples = await network.sample(64, 9);
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
    await train<Readonly<Record<string, number>>>(network, 2);
    const during = tf.memory().numTensors;
    await train<Readonly<Record<string, number>>>(network, 3);
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
