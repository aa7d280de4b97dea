// One-letter misspellings: what is offered for them, what is not, and how a sentence is corrected.
import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { correctionsOf, correctText } from '../../src/datasets/correctWord.ts';

const { knownWords } = JSON.parse(readFileSync('public/weights/faces-128/manifest.json', 'utf8')) as {
  knownWords: string[];
};

describe('correctionsOf', () => {
  test.each([
    ['gren', 'green', 'a letter left out'],
    ['greeen', 'green', 'a letter too many'],
    ['grean', 'green', 'another letter instead'],
    ['geren', 'green', 'two letters swapped'],
    ['Hodie', 'hoodie', 'a capital'],
    ['unglasses', 'sunglasses', 'the first letter left out'],
    ['turbans', 'turban', 'the last letter too many'],
  ])('%s: %s (%s)', (typed, meant) => {
    expect(correctionsOf(typed, knownWords)[0]).toBe(meant);
  });

  test('nothing for words that are known, far from all known ones, or too short', () => {
    for (const word of ['green', 'GREEN', 'zebra', 'riding', 'grxxn', 'rd', '']) {
      expect(correctionsOf(word, knownWords), word).toEqual([]);
    }
  });

  test('of three letters nothing but a fourth letter and a swap: most others are words of their own', () => {
    for (const word of ['boy', 'his', 'she', 'cat', 'but', 'man', 'her', 'him', 'dog', 'old', 'red', 'fat'])
      expect(correctionsOf(word, knownWords), word).toEqual([]);
    expect(correctionsOf('blu', knownWords)).toEqual(['blue']);
    expect(correctionsOf('hta', knownWords)).toEqual(['hat']);
  });

  test('every known word comes back from every slip of one letter', () => {
    const long = knownWords.filter((word) => word.length >= 4);
    expect(long.length).toBeGreaterThan(100);
    for (const word of long) {
      for (let at = 0; at < word.length; at++) {
        const slips = [
          word.slice(0, at) + word.slice(at + 1),
          `${word.slice(0, at)}q${word.slice(at)}`,
          `${word.slice(0, at)}q${word.slice(at + 1)}`,
        ];
        for (const slip of slips) {
          if (knownWords.includes(slip)) continue;
          const corrections = correctionsOf(slip, knownWords);
          // A slip may be as near to another known word: then that one may come first.
          expect(corrections.length, `${slip} of ${word}`).toBeGreaterThan(0);
          if (corrections.length === 1) expect(corrections[0]).toBe(word);
        }
      }
    }
  });

  test('the likelier slip comes first, then the same first letter; never more than two', () => {
    expect(correctionsOf('rde', ['rude', 'red'])).toEqual(['red', 'rude']);
    expect(correctionsOf('rade', ['sade', 'rode'])).toEqual(['rode', 'sade']);
    expect(correctionsOf('bats', ['cats', 'hats', 'rats'])).toEqual(['cats', 'hats']);
  });

  test('letters, not UTF-16 units, are counted', () => {
    expect(correctionsOf('gr𝒳n', ['gr𝒳en'])).toEqual(['gr𝒳en']);
    expect(correctionsOf('cafe\u0301s', ['café'])).toEqual(['café']);
  });
});

describe('correctText', () => {
  test('corrects whole words, wherever they stand, and keeps capitals and everything else', () => {
    expect(correctText('Grean hat, grean-ish GREAN greans', 'grean', 'green')).toBe(
      'Green hat, green-ish GREEN greans',
    );
    expect(correctText('a hat', 'grean', 'green')).toBe('a hat');
  });
});
