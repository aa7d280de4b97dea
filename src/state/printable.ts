// Text of somebody else, an address or a file, made safe to show among one's own.

/** Control characters, line ends included, and marks that turn the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** The text with a space in place of each run of such characters, and without halves of characters. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ').toWellFormed();
}
