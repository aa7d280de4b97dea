// Which word looks where: places of tokens, and the maps of words.
import { describe, expect, test } from 'vitest';
import { wordMaps, wordTokens } from '@noisebook/ldm/numbers';

const word = (text: string, start: number, tokenCount: number) => ({
  text,
  start,
  end: start + text.length,
  tokenCount,
  ids: Array.from({ length: tokenCount }, (_, i) => i),
});

describe('wordTokens', () => {
  const words = [word('a', 0, 1), word('bluish', 2, 3), word('hat', 9, 2)];
  const places = (maxLength: number) =>
    wordTokens(words, maxLength).map(({ first, count }) => [first, count]);

  test('words follow each other behind the begin token', () => {
    expect(places(16)).toEqual([
      [1, 1],
      [2, 3],
      [5, 2],
    ]);
    expect(wordTokens(words, 16)[2]).toEqual({ text: 'hat', start: 9, end: 12, first: 5, count: 2 });
  });

  test('what does not fit before the end token is not there', () => {
    expect(places(8)).toEqual(places(16));
    expect(places(7)).toEqual([
      [1, 1],
      [2, 3],
      [5, 1],
    ]);
    expect(places(4)).toEqual([
      [1, 1],
      [2, 1],
      [3, 0],
    ]);
  });
});

describe('wordMaps', () => {
  // [images, heads, 1 x 2 positions, 4 tokens]: begin, two words of one token, end.
  const point = { shape: [1, 2, 2, 4] as const, height: 1, width: 2 };
  const head1 = [0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1];
  const head2 = [0.3, 0.4, 0.1, 0.2, 0, 0.5, 0.5, 0];
  const one = Float32Array.from([...head1, ...head2]);
  const words = [
    { first: 1, count: 1 },
    { first: 2, count: 1 },
  ];
  const rounded = (maps: readonly Float32Array[]) =>
    maps.map((map) => Array.from(map, (value) => Number(value.toFixed(6))));

  test('are means over the heads', () => {
    expect(rounded(wordMaps(one, point, 1, words))).toEqual([
      [0.3, 0.4],
      [0.2, 0.35],
    ]);
  });

  test('of a word of two tokens are their sum; of a word that was cut, nothing', () => {
    const maps = wordMaps(one, point, 1, [
      { first: 1, count: 2 },
      { first: 3, count: 0 },
    ]);
    expect(rounded(maps)).toEqual([
      [0.5, 0.75],
      [0, 0],
    ]);
  });

  test('with guidance only the half that was computed for the prompt counts', () => {
    const both = Float32Array.from([...one.map(() => 0.25), ...one]);
    const guided = { ...point, shape: [2, 2, 2, 4] as const };
    expect(wordMaps(both, guided, 1, words)).toEqual(wordMaps(one, point, 1, words));
    // The same numbers are two pictures without guidance.
    expect(rounded(wordMaps(both, guided, 2, words))[0]).toEqual([0.25, 0.25, 0.3, 0.4]);
  });

  test('sizes that do not fit are refused', () => {
    expect(() => wordMaps(one.subarray(1), point, 1, words)).toThrow('expected [1, 2, 2, 4] numbers');
    expect(() => wordMaps(one, { ...point, height: 2 }, 1, words)).toThrow('2 x 2 positions');
    expect(() => wordMaps(one, point, 3, words)).toThrow('expected a batch of 3 or, guided, 6, got 1');
    expect(() => wordMaps(one, point, 1, [{ first: 3, count: 2 }])).toThrow('expected tokens within 4');
  });
});
