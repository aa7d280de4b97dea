// The text normalisation of CLIP's tokenizer (as Hugging Face's tokenizers does it), keeping track of where
// each character came from: Unicode NFC, every run of white space to one space, lower case.

/** Normalised text; code unit i of it came from the code units starts[i] to ends[i] (exclusive) of the original. */
export interface NormalizedText {
  readonly text: string;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** The White_Space property. JavaScript's \s lacks U+0085 and has U+FEFF besides. */
const space = /[\t-\r\x85\p{Z}]/u;

/**
 * A stretch of text that composes only within itself: a character with the marks and joined jamo after it.
 * Runs of plain ASCII, which nothing changes, come in one piece unless a mark follows.
 */
const cluster =
  /[\x00-\x7f]+(?![\p{M}\u1160-\u11ff])|[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff]+\p{M}*|[^]\p{M}*/gu;

/** `from` is added to the positions: the offset of `raw` in the original text. */
export function normalizeText(raw: string, from: number): NormalizedText {
  const pieces: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const whole = raw.isWellFormed() ? raw : raw.toWellFormed();
  let lastWasSpace = false;
  const push = (text: string, start: number, end: number, isSpace: boolean): void => {
    if (isSpace && lastWasSpace) {
      ends[ends.length - 1] = end; // the space before it grows to cover this one
      return;
    }
    lastWasSpace = isSpace;
    pieces.push(text);
    for (let unit = text.length; unit > 0; unit--) {
      starts.push(start);
      ends.push(end);
    }
  };
  for (const match of whole.matchAll(cluster)) {
    const found = match[0];
    const start = from + match.index;
    const isPlain = found.charCodeAt(0) < 0x80 && found.charCodeAt(found.length - 1) < 0x80;
    let at = start;
    for (const char of isPlain ? found : found.normalize('NFC')) {
      // Within a composed cluster, every character stands for the whole of it.
      const [first, end] = isPlain ? [at, at + 1] : [start, start + found.length];
      if (space.test(char)) push(' ', first, end, true);
      // One character at a time: a final sigma becomes σ, not ς, as in the reference.
      else push(char.toLowerCase(), first, end, false);
      at++;
    }
  }
  return { text: pieces.join(''), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}
