// A generator that is put away and taken up again goes on as if nothing had been.
import { expect, test } from 'vitest';
import { Rng, type RngState } from '../../../src/lib/ldm/base/rng.ts';

/** What a generator gives from here on, of every kind. */
const next = (rng: Rng): unknown[] =>
  Array.from({ length: 40 }, (_, i) =>
    i % 4 === 0 ? rng.normal() : i % 4 === 1 ? rng.uniform() : i % 4 === 2 ? rng.int(1000) : rng.uint32(),
  );

test.each([0, 1, 2, 7, 100])('after %i normal numbers', (drawn) => {
  const rng = new Rng('run/batches');
  rng.fillNormal(new Float32Array(drawn)); // an odd count leaves the second of a pair
  const state = JSON.parse(JSON.stringify(rng.state())) as RngState;
  const again = Rng.restore(state);
  const fork = rng.fork('noise').normal();
  expect(again.fork('noise').normal()).toBe(fork);
  expect(next(again)).toEqual(next(rng));
});

test('taking the state does not move the generator', () => {
  const [a, b] = [new Rng(5), new Rng(5)];
  a.normal();
  a.state();
  b.normal();
  expect(next(a)).toEqual(next(b));
});

test.each([
  { key: 'x', words: [1, 2, 3], spare: null },
  { key: 'x', words: [1, 2, 3, 2 ** 40], spare: null },
  { key: 'x', words: [1, 2, 3, 4], spare: Infinity },
  { words: [1, 2, 3, 4], spare: null },
])('what is no state is refused: %j', (state) => {
  expect(() => Rng.restore(state as unknown as RngState)).toThrow('expected a state of Rng, got {');
});
