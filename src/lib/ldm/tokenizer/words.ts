// Which words of a prompt a model has met in training: for marking the others on the page.

export interface MarkedWord {
  readonly text: string;
  /** Where it stands in the prompt: code unit offsets, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly known: boolean;
}

/** Letters (with their marks) and digits, joined by apostrophes or hyphens within: don't, t-shirt. */
const wordPattern = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’‑-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*/gu;

/**
 * The words of `text`, in order. A word is known when `knownWords` has it in lower case, or has each part of it
 * when it is split at hyphens and apostrophes. Punctuation and symbols are not words.
 */
export function markWords(text: string, knownWords: Iterable<string>): MarkedWord[] {
  const known = knownWords instanceof Set ? (knownWords as ReadonlySet<string>) : new Set(knownWords);
  return [...text.matchAll(wordPattern)].map((match) => {
    const word = match[0].normalize('NFC').toLowerCase().replaceAll('’', "'").replaceAll('‑', '-');
    const isKnown = known.has(word) || word.split(/['-]/).every((part) => known.has(part));
    return { text: match[0], start: match.index, end: match.index + match[0].length, known: isKnown };
  });
}
