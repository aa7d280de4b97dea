// Both phases learn: 16 pictures by heart. Long, so on one backend; what it computes is compared elsewhere.
import { expect, test } from 'vitest';
import { useBackend } from '../lib/device.ts';
import { eventsOf, stepsOf, tinyRun } from '../lib/tinyRun.ts';

useBackend();

test(
  'a small run learns 16 pictures, first to reproduce them, then to find them in noise',
  { timeout: 240_000 },
  async () => {
    const run = tinyRun({
      autoencoderSteps: 60,
      autoencoderLearningRate: 1e-2,
      denoiserSteps: 100,
      learningRate: 6e-3,
      batch: 16,
    });
    const steps = stepsOf(await eventsOf(run));
    const lossesOf = (wanted: string): number[] =>
      steps.filter(({ phase }) => phase === wanted).map(({ loss }) => loss);
    const mean = (losses: readonly number[]): number => losses.reduce((a, b) => a + b, 0) / losses.length;
    const [first, second] = [lossesOf('autoencoder'), lossesOf('denoiser')];
    expect(first[0]).toBeGreaterThan(0.9);
    expect(mean(first.slice(-5))).toBeLessThan(0.15);
    expect(second[0]).toBeGreaterThan(0.95);
    expect(mean(second.slice(-10))).toBeLessThan(0.5);
    run.dispose();
  },
);
