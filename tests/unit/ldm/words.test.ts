// Marking the words that a model has met.
import { expect, test } from 'vitest';
import { markWords } from '../../../src/lib/ldm/tokenizer/words.ts';

const known = ['a', 'face', 'with', 't', 'shirt', "o'clock", 'café', 's', 'it'];

test('known and unknown words, with their places', () => {
  const text = 'A face with  xylophones!';
  const words = markWords(text, known);
  expect(words.map((word) => [word.text, word.known])).toEqual([
    ['A', true],
    ['face', true],
    ['with', true],
    ['xylophones', false],
  ]);
  for (const word of words) expect(text.slice(word.start, word.end)).toBe(word.text);
});

test('joined words are known by the whole or by all parts', () => {
  const marks = markWords("t-shirt T‑Shirt t-rex o'clock O’Clock it's it's-a", new Set(known));
  expect(marks.map((word) => word.known)).toEqual([true, true, false, true, true, true, true]);
});

test('composed and decomposed letters are the same', () => {
  expect(markWords('CAFE\u0301 café', known).map((word) => word.known)).toEqual([true, true]);
});

test('no words, no marks', () => {
  expect(markWords('', known)).toEqual([]);
  expect(markWords(' ... 😀 -- ', known)).toEqual([]);
});
