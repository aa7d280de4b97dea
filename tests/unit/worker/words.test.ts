// Words that the model was not taught are marked; signs are not words.
import { expect, test } from 'vitest';
import { markWords } from '../../../src/engine/worker/words.ts';

const found = (text: string): { text: string; start: number; end: number }[] =>
  [...text.matchAll(/[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]+/gu)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
const unknown = (text: string, known: string[]): string[] =>
  markWords(found(text), known)
    .filter((word) => !word.known)
    .map((word) => word.text);

test('marks what is not on the list, whatever its case', () => {
  expect(unknown('A Person riding a zebra!', ['a', 'person', 'Riding'])).toEqual(['zebra']);
});

test('compares letters, not their encoding', () => {
  expect(unknown('cafe\u0301', ['caf\u00e9'])).toEqual([]);
});

test('keeps the places in the prompt', () => {
  expect(markWords(found('a zebra'), ['a'])[1]).toEqual({ text: 'zebra', start: 2, end: 7, known: false });
});

test('a model that lists no words marks none', () => {
  expect(unknown('anything goes', [])).toEqual([]);
});
