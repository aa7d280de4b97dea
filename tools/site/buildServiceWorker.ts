// Compiles the service worker and tells it which of the built files to keep for reading offline.
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { build } from 'esbuild';

/** Fonts of other alphabets are fetched when a page needs them, not ahead. */
const otherAlphabets = /-(cyrillic|greek|vietnamese)(-ext)?-|-latin-ext-/;

export interface FileList {
  /** Fetched before the service worker starts to serve: pages, their scripts and styles, the icon. */
  readonly first: readonly string[];
  /** Fetched afterwards, one by one: fonts, recorded results. */
  readonly later: readonly string[];
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
  return { first, later };
}

/** Writes `sw.js` into the built site. */
export async function buildServiceWorker(dist: string, base: string): Promise<void> {
  const files = globSync('**/*.*', { cwd: dist })
    .map((file) => file.split(sep).join('/'))
    .sort();
  const keep = filesToKeep(files);
  const version = createHash('sha256');
  for (const file of [...keep.first, ...keep.later]) {
    version.update(file);
    // The names of scripts and styles already carry a hash of the content.
    if (!file.startsWith('_astro/')) version.update(readFileSync(join(dist, file)));
  }
  const address = (file: string): string => base + file.replace(/(^|\/)index\.html$/, '$1');
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
    },
  });
}
