// Writes a page's security policy into the page itself, for where its headers are not sent.
import { metaPolicy } from './headers.ts';

const charset = /<meta charset="?utf-8"?\s*\/?>/i;

/**
 * The page with its policy, right behind its encoding: before anything that the policy should judge.
 * @param file names the page in errors
 * @throws when the encoding isn't the first thing in the page's head
 */
export function withMetaPolicy(html: string, scriptHashes: readonly string[], file: string): string {
  const found = charset.exec(html);
  const before = html.slice(0, found?.index ?? 0);
  if (found === null || !/<head[^>]*>\s*$/i.test(before)) {
    throw new Error(
      `${file}: expected <meta charset="utf-8"> as the first element of its head. The policy goes behind it.`,
    );
  }
  const end = found.index + found[0].length;
  const meta = `<meta http-equiv="Content-Security-Policy" content="${metaPolicy(scriptHashes)}">`;
  return html.slice(0, end) + meta + html.slice(end);
}
