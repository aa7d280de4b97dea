/** Texts to words as CLIP's tokenizer finds them: runs of letters, or single digits, in lower case. */

/** Letter by letter, as the tokenizer does it: "Σ" becomes "σ" wherever it stands. */
const lower = (text: string): string =>
  Array.from(text.toWellFormed().normalize('NFC'), (character) => character.toLowerCase()).join('');

/** The words of a text, in order; everything else in it is dropped. Each is one word of a tokenizer's vocabulary. */
export function captionWords(text: string): string[] {
  return lower(text).match(/\p{L}+|\p{N}/gu) ?? [];
}
