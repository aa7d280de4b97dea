// Words for the reader's pictures: the names of the folders that they lie in. Pure.
import { captionWords } from '../../datasets/words.ts';

/** Letters of a word, words of a folder, and different words, at most. */
const MAX_LETTERS = 40;
const MAX_WORDS_EACH = 8;
const MAX_DIFFERENT = 1000;

/** The innermost folder's name as words of a caption: "Grey cats_2" to "grey cats 2". */
export function folderText(folder: string): string {
  const name = folder.split('/').at(-1) ?? '';
  return captionWords(name)
    .map((word) => word.slice(0, MAX_LETTERS).toWellFormed())
    .filter((word) => /^(\p{L}+|\p{N})$/u.test(word))
    .slice(0, MAX_WORDS_EACH)
    .join(' ');
}

/**
 * A text for each picture, or none at all: where all lie in one folder, its name says nothing about any of them.
 * @param folders of the pictures, in their order
 */
export function folderCaptions(folders: readonly string[]): string[] | undefined {
  const texts = folders.map(folderText);
  const different = new Set(texts.filter((text) => text !== ''));
  const words = new Set([...different].flatMap((text) => text.split(' ')));
  return different.size < 2 || words.size > MAX_DIFFERENT ? undefined : texts;
}

/** The texts that most pictures have, most first. */
export function commonTexts(texts: readonly string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== '') counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([text]) => text);
}
