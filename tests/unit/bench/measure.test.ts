// The benchmark's arithmetic.
import { describe, expect, it } from 'vitest';
import { interleave, relativeError, summarize } from '../../../bench/measure.ts';

describe('summarize', () => {
  it('gives the median, not the mean', () => {
    expect(summarize([5, 1, 100])).toEqual({ median: 5, min: 1, max: 100, rounds: 3 });
    expect(summarize([4, 1, 2, 100]).median).toBe(3);
  });

  it('refuses nothing', () => {
    expect(() => summarize([])).toThrow(/at least one/);
  });
});

describe('interleave', () => {
  it('takes turns, and warm-up does not count', async () => {
    const order: string[] = [];
    const timings = await interleave(
      { a: () => Promise.resolve(order.push('a')), b: () => Promise.resolve(order.push('b')) },
      { rounds: 3, warmUp: 2 },
    );
    expect(order.join('')).toBe('ababababab');
    expect([timings.a.rounds, timings.b.rounds]).toEqual([3, 3]);
  });
});

describe('relativeError', () => {
  it('is the largest difference by the largest reference', () => {
    expect(relativeError(Float32Array.of(1, -3.5), Float32Array.of(1, -4))).toBe(0.125);
  });

  it('refuses values that are no numbers, and other lengths', () => {
    expect(() => relativeError(Float32Array.of(NaN), Float32Array.of(1))).toThrow(/value 0/);
    expect(() => relativeError(new Float32Array(1), new Float32Array(2))).toThrow(/expected 2/);
  });
});
