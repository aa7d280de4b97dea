// Every page of the built site, from the files that the build wrote: a new page is tested without being named anywhere.
import { globSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Where the site was built to. */
export const dist = process.env['DIST'] ?? join(import.meta.dirname, '../../../dist');

/** Paths below the site's root: `./` for home, `noise/`, `embed/1-1/`, `404.html`. */
export const pages: readonly string[] = globSync('**/*.html', { cwd: dist })
  .map((file) =>
    file
      .split(sep)
      .join('/')
      .replace(/(^|\/)index\.html$/, '$1'),
  )
  .map((path) => (path === '' ? './' : path))
  .sort();

export const isEmbedded = (path: string): boolean => path.startsWith('embed/');
