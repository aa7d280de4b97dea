// Finds the inline scripts of a built page, so that the content security policy can name them by hash.
import { createHash } from 'node:crypto';

const script = /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi;
/** Types that a browser runs; anything else (JSON, speculation rules) is data and needs no hash. */
const runs = /^(|module|text\/javascript|application\/javascript)$/i;

/** The text of each inline script that a browser would run, byte for byte. */
export function inlineScripts(html: string): string[] {
  const found: string[] = [];
  for (const [, attributes = '', body = ''] of html.matchAll(script)) {
    const type = /\btype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1] ?? '';
    if (!/\bsrc\s*=/i.test(attributes) && runs.test(type) && body !== '') found.push(body);
  }
  return found;
}

/** Inline event handlers (`onclick="..."`), which the policy forbids: a page must have none. */
export function inlineHandlers(html: string): string[] {
  const outside = html.replace(script, '');
  return [...outside.matchAll(/<[a-z][^>]*?\s(on[a-z]+)\s*=/gi)].map((match) => match[1] ?? '');
}

/** SHA-256 of a script's text, in base64, as a policy names it. */
export function scriptHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64');
}
