// What the figures about noise share: the small drawings' arithmetic, and long arithmetic in slices.
import { describe, expect, test } from 'vitest';
import { inSlices } from '../../../src/components/kit/noise/inSlices.ts';
import { fixed } from '../../../src/writing/numbers.ts';
import { barsPath, dotsPath, linePath, place } from '../../../src/components/kit/noise/plot.ts';
import { moments } from '@noisebook/ldm/numbers';

describe('drawing', () => {
  test('numbers are written with a real minus, and zero without one', () => {
    expect([fixed(-0.5, 1), fixed(-0.0001, 2), fixed(2, 0)]).toEqual(['−0.5', '0.00', '2']);
  });

  test('paths', () => {
    expect(place(0, -4, 4)).toBe(50);
    expect(
      linePath([
        [0, 0],
        [50, 25],
      ]),
    ).toBe('M0 100L50 75');
    expect(barsPath([1, 3], 2)).toBe('M0 100V50H50V0H100V100Z');
    expect(dotsPath([[10, 20]])).toBe('M10 80h0');
  });
});

describe('in slices', () => {
  function* count(to: number): Generator<number, string> {
    for (let i = 1; i <= to; i++) {
      const end = performance.now() + 1;
      while (performance.now() < end);
      yield i;
    }
    return 'done';
  }

  test('lets others in between, and tells how far it is', async () => {
    const seen: number[] = [];
    let others = 0;
    const timer = setInterval(() => (others += 1), 1);
    expect(await inSlices(count(60), new AbortController().signal, (done) => seen.push(done))).toBe('done');
    clearInterval(timer);
    expect(others).toBeGreaterThan(2);
    expect(seen.length).toBeGreaterThan(2);
    expect(moments(seen).mean).toBeLessThan(60);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const work = inSlices(count(10_000), stop.signal);
    stop.abort();
    await expect(work).rejects.toThrow();
  });
});
