// Where the words of a text stand in the row of tokens that the text encoder sees.
import type { TokenizedWord } from './clipTokenizer.ts';

/** A word and its tokens. */
export interface WordTokens {
  /** As written in the text. */
  readonly text: string;
  /** Code unit offsets in the text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Place of its first token; place 0 is the begin token. */
  readonly first: number;
  /** How many of its tokens there are: fewer than the word has, or 0, where the text was cut. */
  readonly count: number;
}

/**
 * @param words of an `Encoding`
 * @param maxLength of the row, begin and end token included
 */
export function wordTokens(words: readonly TokenizedWord[], maxLength: number): WordTokens[] {
  const end = maxLength - 1; // the end token, if the text fills the row
  let place = 1;
  return words.map(({ text, start, end: textEnd, tokenCount }) => {
    const first = Math.min(place, end);
    place += tokenCount;
    return { text, start, end: textEnd, first, count: Math.min(place, end) - first };
  });
}
