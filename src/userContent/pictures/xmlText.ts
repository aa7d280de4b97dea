// XML as text: its encoding as browsers find it, and whether an SVG begins there.

/** The encoding that the first bytes give away: a mark, or `<` in two bytes. */
function encodingOf(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  if (a === 0xef && b === 0xbb) return 'utf-8';
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)/.exec(start)?.[1] ?? 'utf-8';
  // Two bytes a letter would have shown above.
  return /^(utf-?16|ucs-?2|iso-10646)/i.test(declared) ? 'utf-8' : declared;
}

/** The text of an XML file, or of its beginning, without its byte order mark. */
export function xmlText(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes)).decode(bytes);
  } catch {
    // An encoding that the browser doesn't know.
    return new TextDecoder().decode(bytes);
  }
}

const BLANK = /\s*/y;
const ROOT = /<(?:[^\s<>/:]{1,100}:)?svg[\s/>]/y;
const DOCTYPE = /<!DOCTYPE\s+([^\s>[]{1,100})/y;

const fits = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/**
 * Whether the first element is an `svg`. What may come before it, in any order and number: white space, processing
 * instructions, comments and a document type. Each is taken off by one search, so the time grows with the length alone.
 * Where the text ends before the first element, it may still be one.
 */
export function beginsSvg(text: string): boolean {
  /** Just behind the next `end`, or beyond the text. */
  const behind = (end: string, from: number): number => {
    const found = text.indexOf(end, from);
    return found < 0 ? Infinity : found + end.length;
  };
  let at = 0;
  for (;;) {
    at += fits(BLANK, text, at)?.[0].length ?? 0;
    if (at >= text.length) return at > 0;
    if (text.startsWith('<?', at)) at = behind('?>', at);
    else if (text.startsWith('<!--', at)) at = behind('-->', at + 4);
    else {
      const name = fits(DOCTYPE, text, at)?.[1];
      if (name === undefined) return fits(ROOT, text, at) !== null;
      if (/(^|:)svg$/.test(name)) return true;
      const close = behind('>', at);
      const inside = text.slice(at, close).indexOf('[');
      at = inside < 0 ? close : behind(']>', at + inside);
    }
  }
}
