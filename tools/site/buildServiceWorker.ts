// Compiles the service worker and tells it which of the built files to keep for reading offline.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Fonts of other alphabets are fetched when a page needs them, not ahead. */
const otherAlphabets = /-(cyrillic|greek|vietnamese)(-ext)?-|-latin-ext-/;

export interface FileList {
  /** Fetched before the service worker starts to serve: pages, their scripts and styles, the icon. */
  readonly first: readonly string[];
  /** Fetched afterwards, one by one: fonts, recorded results. */
  readonly later: readonly string[];
  /** Kept once it has been used: what few readers ask for. Names that carry a hash are known by their folder. */
  readonly onUse: readonly string[];
}

/**
 * Sorts the built files (paths from the site's root, with `/`) into what to keep first, later, or not ahead at all. What
 * computes (the compute worker's scripts, WebAssembly) is kept once it has been used: who only reads never fetches it.
 */
export function filesToKeep(files: readonly string[]): FileList {
  const first = files.filter(
    (file) =>
      /(^|\/)index\.html$/.test(file) || /^_astro\/.*\.(js|css)$/.test(file) || file === 'favicon.svg',
  );
  const later = files.filter(
    (file) =>
      (/^_astro\/.*\.woff2$/.test(file) && !otherAlphabets.test(file)) ||
      (file.startsWith('recorded/') && !file.endsWith('.html')) ||
      // The photographs at their full size are fetched when a figure asks for them.
      (file.startsWith('pictures/') && !file.startsWith('pictures/full/')),
  );
  const ahead = new Set([...first, ...later]);
  const onUse = files.filter(
    (file) => !ahead.has(file) && !/^(_|weights\/|sw\.js$)/.test(file) && !file.endsWith('.html'),
  );
  return { first, later, onUse };
}

/**
 * Writes `sw.js` into the built site.
 * @param files all built files, as sorted paths below the site's root
 */
export async function buildServiceWorker(
  dist: string,
  base: string,
  files: readonly string[],
): Promise<void> {
  const keep = filesToKeep(files);
  const version = createHash('sha256');
  for (const file of [...keep.first, ...keep.later]) {
    version.update(file);
    // The names of scripts and styles already carry a hash of the content.
    if (!file.startsWith('_astro/')) version.update(readFileSync(join(dist, file)));
  }
  // As a browser spells it in a request.
  const address = (file: string): string => base + encodeURI(file.replace(/(^|\/)index\.html$/, '$1'));
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/serviceWorker/main.ts')],
    outfile: join(dist, 'sw.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'warning',
    define: {
      __BASE__: JSON.stringify(base),
      __VERSION__: JSON.stringify(version.digest('hex').slice(0, 16)),
      __FIRST__: JSON.stringify(keep.first.map(address)),
      __LATER__: JSON.stringify(keep.later.map(address)),
      __ON_USE__: JSON.stringify(keep.onUse.map(address)),
    },
  });
}
