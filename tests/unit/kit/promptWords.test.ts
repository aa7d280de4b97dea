// Words of a prompt that a model was not taught, and what is offered in their place.
import { describe, expect, test } from 'vitest';
import { correctionsFor, unknownWords } from '../../../src/components/kit/prompt/promptWords.ts';

describe('unknown words', () => {
  const known = ['a', 'person', 'with', 'hair'];
  test('before the model is here, by its list of words', () => {
    expect(unknownWords('A person with Zebra hair, zebra', undefined, known)).toEqual(['Zebra', 'zebra']);
    expect(unknownWords('a person', undefined, known)).toEqual([]);
  });
  test('of the prompt that the model has read, by what it found itself', () => {
    const words = [
      { text: 'a', start: 0, end: 1, known: true },
      { text: 'gnu', start: 2, end: 5, known: false },
    ];
    const reading = { prompt: 'a gnu', words, truncated: false };
    expect(unknownWords('a gnu', reading, [])).toEqual(['gnu']);
    expect(unknownWords('a gnu', reading, ['a', 'gnu'])).toEqual(['gnu']);
    expect(unknownWords('a gnu person yak', reading, known)).toEqual(['gnu', 'yak']);
  });
  test('none without a list', () => {
    expect(unknownWords('zebra', undefined, [])).toEqual([]);
  });
});

test('known words that may have been meant stand with the word that they are for', () => {
  expect(correctionsFor(['hta', 'zzzzzz', 'grean'], ['hat', 'green', 'blue'])).toEqual([
    { word: 'hta', correction: 'hat' },
    { word: 'grean', correction: 'green' },
  ]);
});
