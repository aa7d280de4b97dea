// A slider's requests: one at a time, and only the newest of those that wait.
import { expect, test } from 'vitest';
import { isAborted } from '../../../src/engine/page/errors.ts';
import { LatestOnly } from '../../../src/engine/page/latestOnly.ts';

test('runs the first and the last of a burst and drops those between', async () => {
  const queue = new LatestOnly();
  const ran: number[] = [];
  let running = 0;
  const ask = (n: number): Promise<number> =>
    queue.run(async () => {
      running++;
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      ran.push(n);
      running--;
      return n;
    });
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(ask));
  expect(ran).toEqual([0, 4]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(isAborted(outcome.reason)).toBe(true);
});

test('goes on after a failure', async () => {
  const queue = new LatestOnly();
  const failing = queue.run(() => Promise.reject(new Error('no')));
  const next = queue.run(() => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  await expect(next).resolves.toBe('yes');
});
