// The words of a prompt that a model was never taught, and known words that may have been meant.
import { correctionsOf } from '../../../datasets/correctWord.ts';
import type { PromptWord } from '../../../engine/protocol/messages.ts';

/** A prompt as the model's tokenizer found it. */
export interface Reading {
  readonly prompt: string;
  readonly words: readonly PromptWord[];
  /** True when the end of the prompt was left out. */
  readonly truncated: boolean;
}

/**
 * Words of `prompt` that the model has never been taught, each once. Of the prompt that it has read, what it found
 * itself; of any other, what its list of words says.
 */
export function unknownWords(
  prompt: string,
  reading: Reading | undefined,
  knownWords: readonly string[],
): string[] {
  const known = new Set(knownWords);
  const unknown =
    reading?.prompt === prompt
      ? reading.words.filter((word) => !word.known).map((word) => word.text)
      : known.size === 0
        ? []
        : (prompt.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !known.has(word.toLowerCase()));
  return [...new Set(unknown)];
}

/** Known words that may stand for unknown ones: the likeliest of each first. */
export const correctionsFor = (
  unknown: readonly string[],
  knownWords: readonly string[],
): { readonly word: string; readonly correction: string }[] =>
  unknown.flatMap((word) => correctionsOf(word, knownWords).map((correction) => ({ word, correction })));
