// The words of a prompt: which of them the model was taught, and where the denoiser sees them.
import { at, wordTokens } from '@noisebook/ldm/numbers';
import type { PlacedWord, PromptWord } from '../protocol/messages.ts';
import type { LoadedModel } from './wholeModels.ts';

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

/** The words of a prompt with the places of their tokens; `truncated`: its end does not fit into the text encoder. */
export function placeWords(
  { pipeline, manifest }: Pick<LoadedModel, 'pipeline' | 'manifest'>,
  prompt: string,
): { readonly words: PlacedWord[]; readonly truncated: boolean } {
  const { words, truncated } = pipeline.tokenizer.encode(prompt);
  const marked = markWords(words, manifest.knownWords);
  const placed = wordTokens(words, pipeline.promptLength).map(({ first, count }, i) => ({
    ...at(marked, i),
    first,
    count,
  }));
  return { words: placed, truncated };
}
