// Blind tests: orders, answers from an address, and how likely a score is by guessing.
import { describe, expect, it } from 'vitest';
import {
  luck,
  readAnswers,
  sayScore,
  scoreOf,
  shownOrder,
} from '../../../src/components/kit/blindTest/blindTest.ts';

describe('the order', () => {
  it('is a permutation, the same for the same seed', () => {
    for (let round = 0; round < 20; round++) {
      const order = shownOrder(7, round, 3);
      expect([...order].sort()).toEqual([0, 1, 2]);
      expect(shownOrder(7, round, 3)).toEqual(order);
    }
  });
  it('puts the first option at each place about as often, and another seed orders otherwise', () => {
    const first = Array.from({ length: 600 }, (_, round) => shownOrder(3, round, 2)[0]);
    expect(first.filter((option) => option === 0).length).toBeGreaterThan(250);
    expect(first.filter((option) => option === 0).length).toBeLessThan(350);
    expect(first).not.toEqual(Array.from({ length: 600 }, (_, round) => shownOrder(4, round, 2)[0]));
  });
});

it('answers from an address end at the first that cannot be', () => {
  const two = [2, 2, 2, 2];
  expect(readAnswers('0110', two)).toEqual([0, 1, 1, 0]);
  expect(readAnswers('01', two)).toEqual([0, 1]);
  expect(readAnswers('0x1', two)).toEqual([0]);
  expect(readAnswers('021', two)).toEqual([0]);
  expect(readAnswers('0110110', two)).toEqual([0, 1, 1, 0]);
  expect(readAnswers('', two)).toEqual([]);
});

it('counts the right ones', () => {
  expect(scoreOf([0, 1, 1], [0, 0, 1, 1])).toEqual({ right: 2, of: 3 });
});

describe('luck', () => {
  it('is the binomial tail: known values', () => {
    // 176/1024, 11/1024, 1/1024.
    expect(luck({ right: 7, of: 10 }, 0.5)).toBeCloseTo(176 / 1024, 12);
    expect(luck({ right: 9, of: 10 }, 0.5)).toBeCloseTo(11 / 1024, 12);
    expect(luck({ right: 10, of: 10 }, 0.5)).toBeCloseTo(1 / 1024, 12);
    expect(luck({ right: 0, of: 10 }, 0.5)).toBe(1);
    // 1 − (2/3)^4 of one or more of four, one in three each.
    expect(luck({ right: 1, of: 4 }, 1 / 3)).toBeCloseTo(1 - (2 / 3) ** 4, 12);
  });
  it('agrees with summing every term for itself', () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
    for (const [right, of, p] of [
      [12, 20, 0.5],
      [9, 20, 0.25],
      [3, 17, 1 / 3],
    ] as const) {
      let sum = 0;
      for (let k = right; k <= of; k++) sum += choose(of, k) * p ** k * (1 - p) ** (of - k);
      expect(luck({ right, of }, p)).toBeCloseTo(sum, 10);
    }
  });
  it('does not fail for many answers', () => {
    expect(luck({ right: 1100, of: 2000 }, 0.5)).toBeGreaterThan(0);
    expect(luck({ right: 1100, of: 2000 }, 0.5)).toBeLessThan(1e-5);
  });
});

it('the score is said with the chance level, and whether it could be luck', () => {
  expect(sayScore({ right: 0, of: 0 }, 2)).toBe('Guessing is right in 1 of 2.');
  expect(sayScore({ right: 3, of: 3 }, 2)).toBe(
    '3 of 3 right. Guessing gives 1.5 on average: too few answers to tell it from luck.',
  );
  expect(sayScore({ right: 4, of: 10 }, 2)).toBe(
    '4 of 10 right. Guessing gives 5 on average: this is no better than guessing.',
  );
  expect(sayScore({ right: 7, of: 10 }, 2)).toBe(
    '7 of 10 right. Guessing gives 5 on average, and 7 or more in 17 of 100 tries: this could be luck.',
  );
  expect(sayScore({ right: 9, of: 10 }, 2)).toBe(
    '9 of 10 right. Guessing gives 5 on average, and 9 or more in 1 of 100 tries: this is hardly luck.',
  );
  expect(sayScore({ right: 10, of: 10 }, 3)).toMatch(
    /10 or more in fewer than 1 of 100 tries: this is hardly/,
  );
});
