// Numbers as readers see them: one voice, whatever writes them.
import { describe, expect, it } from 'vitest';
import * as write from '../../src/writing/numbers.ts';

describe('numbers', () => {
  it('have a real minus, and none before a zero', () => {
    expect([write.fixed(-0.064, 2), write.fixed(-0.004, 2), write.fixed(48.2, 1)]).toEqual([
      '−0.06',
      '0.00',
      '48.2',
    ]);
    expect([0.81, -1.2, 0, 0.001, -0.001].map((value) => write.signed(value))).toEqual([
      '+0.81',
      '−1.20',
      '0.00',
      '0.00',
      '0.00',
    ]);
  });

  it('group thousands from 1,000 on', () => {
    expect([999, 1000, -12_288].map((value) => write.grouped(value))).toEqual(['999', '1,000', '−12,288']);
  });

  it('keep their unit on the same line', () => {
    const units = [
      write.percent(0.13),
      write.decibels(33.14),
      write.sizeOf(11_400_000),
      write.duration(2310),
    ];
    expect(units).toEqual(['13\u00a0%', '33.1\u00a0dB', '11.4\u00a0MB', '2.3\u00a0s']);
    expect([write.duration(0.2), write.duration(47.4)]).toEqual(['1\u00a0ms', '47\u00a0ms']);
    expect([write.sizeOf(913), write.sizeOf(3200)]).toEqual(['913\u00a0bytes', '3.2\u00a0kB']);
    expect([write.percent(0.942, 1), write.percent(undefined)]).toEqual(['94.2\u00a0%', '–']);
  });

  it('say that there is none, never NaN or Infinity', () => {
    const texts = [NaN, Infinity, -Infinity].flatMap((value) => [
      write.fixed(value, 1),
      write.signed(value),
      write.grouped(value),
      write.percent(value),
      write.decibels(value),
      write.significant(value),
    ]);
    expect(texts.filter((text) => /NaN|Infinity|∞/.test(text))).toEqual([]);
  });

  it('are counted in words where the last digit does not matter', () => {
    expect([512, 92_400, 1_340_000, 12_340_000].map((count) => write.countOf(count))).toEqual([
      '512',
      '92 thousand',
      '1.34 million',
      '12.3 million',
    ]);
  });
});
