// How fast training goes, and what counts as slowed down by the browser.
import { expect, test } from 'vitest';
import { Throughput } from '../../../../src/lab/page/throughput.ts';
import type { Phase } from '@noisebook/ldm';
import { step } from '../../runs/example.ts';

/** A batch every 100 ms, `perBatch` steps in each. */
function go(
  throughput: Throughput,
  {
    from,
    to,
    perBatch,
    hidden,
    phase = 'denoiser',
  }: {
    from: number;
    to: number;
    perBatch: number;
    hidden: boolean;
    phase?: Phase;
  },
): void {
  for (let now = from; now <= to; now += 100) {
    throughput.add(
      Array.from({ length: perBatch }, (_, i) => step(phase, i + 1)),
      now,
      hidden,
    );
  }
}

test('steps a second over the last ten seconds', () => {
  const throughput = new Throughput();
  expect(throughput.stepsPerSecond).toBeUndefined();
  go(throughput, { from: 0, to: 2900, perBatch: 2, hidden: false });
  expect(throughput.stepsPerSecond).toBeUndefined();
  go(throughput, { from: 3000, to: 6000, perBatch: 2, hidden: false });
  expect(throughput.stepsPerSecond).toBeCloseTo(20, 5);
  go(throughput, { from: 6100, to: 18_000, perBatch: 1, hidden: false });
  expect(throughput.stepsPerSecond).toBeCloseTo(10, 5);
  expect(throughput.throttled).toBeUndefined();
});

test('a hidden tab that goes on as fast is not slowed down; one at a fifth is', () => {
  const throughput = new Throughput();
  go(throughput, { from: 0, to: 10_000, perBatch: 5, hidden: false });
  go(throughput, { from: 10_100, to: 20_000, perBatch: 4, hidden: true });
  expect(throughput.throttled).toBeUndefined();
  go(throughput, { from: 20_100, to: 32_000, perBatch: 1, hidden: true });
  expect(throughput.throttled).toBeCloseTo(5, 1);
  go(throughput, { from: 32_100, to: 33_000, perBatch: 5, hidden: false });
  expect(throughput.throttled).toBeUndefined();
});

test('another phase has another throughput', () => {
  const throughput = new Throughput();
  go(throughput, { from: 0, to: 10_000, perBatch: 10, hidden: false, phase: 'autoencoder' });
  go(throughput, { from: 10_100, to: 11_000, perBatch: 1, hidden: false });
  expect(throughput.stepsPerSecond).toBeUndefined();
  go(throughput, { from: 11_100, to: 20_000, perBatch: 1, hidden: true });
  expect(throughput.throttled).toBeUndefined();
});
