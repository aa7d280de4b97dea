// Reads the JSON that Python writes: like JSON, but with NaN, Infinity and -Infinity (diffusers saves
// "lambda_min_clipped": -Infinity in every DPM-Solver's settings).
import { ConfigError } from './reader.ts';

/** Marks a number among the strings; no settings file starts a string with this control character. */
const mark = '\u0001';

/** Longest settings file: diffusers' have a few KB, ten thousand betas make 0.2 MB. */
const MOST_CHARACTERS = 1e6;

/** The value of a settings file. @throws ConfigError when the text is not JSON, or longer than a megabyte. */
export function parseConfigJson(content: string | Uint8Array, where: string): unknown {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  if (text.length > MOST_CHARACTERS)
    throw new ConfigError(where, '(the whole file)', `at most ${MOST_CHARACTERS} characters`, text.length);
  // Strings are matched first, so a word inside one stays as it is. One without an end runs to the end of the text: tried
  // from each of its quotation marks, it would take time that grows with the square of the length.
  const marked = text.replace(/"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|-?Infinity\b|NaN\b/g, (token) =>
    token.startsWith('"') ? token : `"\\u0001${token}"`,
  );
  try {
    return JSON.parse(marked, (_, value: unknown) =>
      typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(1)) : value,
    );
  } catch {
    throw new ConfigError(where, '(the whole file)', 'JSON', text.trimStart().slice(0, 40));
  }
}
