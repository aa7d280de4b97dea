/** The seeded generator: the same numbers everywhere, and the right distributions. */
import { describe, expect, it } from 'vitest';
import { hashString, Rng } from '@noisebook/ldm/numbers';

describe('Rng', () => {
  it('gives the numbers that it always gave', () => {
    const rng = new Rng('golden');
    expect([rng.uint32(), rng.uint32(), rng.uint32()]).toEqual([281472776, 2680661609, 2101933500]);
    expect(new Rng(7).uniform()).toBe(0.5826516398653268);
    const normal = new Rng(7);
    expect([normal.normal(), normal.normal(), normal.normal()]).toEqual([
      0.4882942840034448, 1.5038446764873972, 0.6406808926905039,
    ]);
    expect(hashString('noisebook')).toBe(1591045340);
  });

  it('takes numbers and their texts as the same seed', () => {
    expect(new Rng(12).uint32()).toBe(new Rng('12').uint32());
    expect(new Rng(12).uint32()).not.toBe(new Rng(13).uint32());
  });

  it('forks by name, whatever was drawn before', () => {
    const first = new Rng('a');
    const second = new Rng('a');
    second.normal();
    expect(second.fork('x').uint32()).toBe(first.fork('x').uint32());
    expect(first.fork('x').uint32()).not.toBe(first.fork('y').uint32());
  });

  it('draws uniform numbers with the mean and variance of [0, 1)', () => {
    const rng = new Rng(1);
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const x = rng.uniform();
      expect(x >= 0 && x < 1).toBe(true);
      sum += x;
      squares += x * x;
    }
    expect(sum / n).toBeCloseTo(1 / 2, 2);
    expect(squares / n - (sum / n) ** 2).toBeCloseTo(1 / 12, 2);
  });

  it('draws normal numbers with the moments of a standard normal', () => {
    const values = new Rng(2).fillNormal(new Float32Array(400_000));
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.01);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.01);
    expect(Math.abs(moment(3))).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.06);
    expect(values.filter((x) => Math.abs(x) < 1).length / values.length).toBeCloseTo(0.6827, 2);
  });

  it('agrees with Math.log to the last digits', () => {
    const rng = new Rng(5);
    const twin = new Rng(5);
    for (let i = 0; i < 1000; i++) {
      let u: number, v: number, s: number;
      do {
        u = 2 * twin.uniform() - 1;
        v = 2 * twin.uniform() - 1;
        s = u * u + v * v;
      } while (s >= 1 || s === 0);
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      expect(rng.normal()).toBeCloseTo(u * scale, 13);
      expect(rng.normal()).toBeCloseTo(v * scale, 13);
    }
  });

  it('draws every integer below n, equally often', () => {
    const counts = new Array<number>(7).fill(0);
    const rng = new Rng(3);
    for (let i = 0; i < 70_000; i++) {
      const k = rng.int(7);
      counts[k] = (counts[k] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('shuffles without losing anything', () => {
    const list = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = new Rng(4).shuffle(list);
    expect(shuffled).not.toEqual(list);
    expect([...shuffled].sort()).toEqual(list);
  });

  it('refuses what it cannot use, and says what it expected', () => {
    expect(() => new Rng(0.5)).toThrow(/integer or string seed, got 0.5/);
    expect(() => new Rng(1).int(0)).toThrow(/from 1 to 2\*\*32, got 0/);
    expect(() => new Rng(1).pick([])).toThrow(/empty list/);
  });
});
