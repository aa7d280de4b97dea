// What toy networks in the plane learn of eight Gaussians.
import { describe, expect, test } from 'vitest';
import { drawMixture, ringMixture } from '../../../src/datasets/gaussianMixture.ts';
import { countModes } from '../../../src/lib/ldm/metrics/modes.ts';
import { NO_CLASS, PlaneDenoiser } from '../../../src/lib/ldm/models/planeDenoiser.ts';
import { samplePlane } from '../../../src/lib/ldm/samplers/plane.ts';
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
