// Which words of a prompt the model was taught.
import type { PromptWord } from '../protocol/messages.ts';

/** A word as the tokenizer found it. */
interface FoundWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const hasLetter = /[\p{L}\p{N}]/u;

/**
 * Marks the words that are not in `knownWords`. Case and Unicode form don't matter; signs without a letter or digit
 * are always fine. A model that lists no words marks none.
 */
export function markWords(words: readonly FoundWord[], knownWords: readonly string[]): PromptWord[] {
  const normal = (text: string): string => text.normalize('NFC').toLowerCase();
  const taught = new Set(knownWords.map(normal));
  return words.map(({ text, start, end }) => ({
    text,
    start,
    end,
    known: taught.size === 0 || !hasLetter.test(text) || taught.has(normal(text)),
  }));
}
