/** Words one letter away from a known one, and what they may have been meant to be. */

/** Shorter words are one letter away from too many others. */
const SHORTEST = 3;
/** In a shorter word, a letter too many or another one instead make a word of its own: "cat" is no "hat". */
const ANY_SLIP = 4;
/** As many known words are offered for one that is not. */
const MOST = 2;

const lower = (text: string): string => text.normalize('NFC').toLowerCase();

/** Kinds of slips, likeliest first: two letters swapped, one left out, one too many, another one instead. */
type Slip = 0 | 1 | 2 | 3;

/** The slip that made `typed` of `meant`, or undefined where one is not enough. */
function slipBetween(typed: readonly string[], meant: readonly string[]): Slip | undefined {
  const longer = typed.length - meant.length;
  if (Math.abs(longer) > 1) return undefined;
  let at = 0;
  while (at < meant.length && typed[at] === meant[at]) at++;
  const restFits = (from: number, meantFrom: number): boolean =>
    typed.slice(from).join('') === meant.slice(meantFrom).join('');
  if (longer === -1) return restFits(at, at + 1) ? 1 : undefined;
  if (longer === 1) return restFits(at + 1, at) ? 2 : undefined;
  if (at === meant.length) return undefined;
  const swapped = typed[at] === meant[at + 1] && typed[at + 1] === meant[at];
  if (swapped && restFits(at + 2, at + 2)) return 0;
  return restFits(at + 1, at + 1) ? 3 : undefined;
}

/**
 * What a word may have been meant to be: known words that one slip turns into it, the likeliest first. Of equal slips
 * those that keep the first letter come first, then those that come first in the list.
 * @param word an unknown word of at least three letters; of shorter ones nothing is guessed, and of three only that
 * one was left out or two were swapped
 * @returns at most two known words, in lower case; none for a word that is known
 */
export function correctionsOf(word: string, knownWords: readonly string[]): string[] {
  const typed = Array.from(lower(word));
  if (typed.length < SHORTEST) return [];
  const found: { readonly known: string; readonly rank: number }[] = [];
  for (const each of new Set(knownWords.map(lower))) {
    const meant = Array.from(each);
    if (meant.length < SHORTEST) continue;
    if (each === typed.join('')) return [];
    const slip = slipBetween(typed, meant);
    if (slip !== undefined && (slip < 2 || typed.length >= ANY_SLIP))
      found.push({ known: each, rank: 2 * slip + (meant[0] === typed[0] ? 0 : 1) });
  }
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ known }) => known);
}

/** `correction` with the capitals of the word it stands for: all of them, the first, or none. */
function inCaseOf(word: string, correction: string): string {
  const letters = Array.from(word);
  const isCapital = (letter = ''): boolean => letter !== letter.toLowerCase();
  if (letters.length > 1 && letters.every(isCapital)) return correction.toUpperCase();
  return isCapital(letters[0]) ? correction.charAt(0).toUpperCase() + correction.slice(1) : correction;
}

/** `text` with `correction` wherever `word` stands as a whole word, whatever its capitals. */
export function correctText(text: string, word: string, correction: string): string {
  return text.replace(/[\p{L}\p{N}]+/gu, (found) =>
    lower(found) === lower(word) ? inCaseOf(found, correction) : found,
  );
}
