// Whatever comes over the network, or out of a decoder, has a time limit: it goes through src/loading, or says why not.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const paths = execFileSync('git', ['ls-files', '--', 'src'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  // The library has limits of its own, the service worker none (its first lines say why).
  .filter((path) => /\.(ts|svelte|astro|mdx)$/.test(path))
  .filter((path) => !/^src\/(lib|loading|serviceWorker)\//.test(path));
const sources = paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** Files with a match of `pattern` before which, within so many characters, there is no `guard`. */
const unguarded = (pattern: RegExp, guard: RegExp, reach: number): string[] =>
  sources
    .filter(({ text }) =>
      [...text.matchAll(pattern)].some(
        ({ index }) => !guard.test(text.slice(Math.max(0, index - reach), index)),
      ),
    )
    .map(({ path }) => path);

test('every dynamic import', () => {
  expect(sources.filter(({ text }) => /\bloadPart\(/.test(text)).length).toBeGreaterThan(10);
  // Imported while the site is built.
  expect(unguarded(/(?<!typeof )\bimport\(/g, /\b(loadPart|late)\(/, 80)).toEqual([
    'src/components/kit/charts/chartFirst.ts',
  ]);
});

test('every fetch', () => {
  // The download of models, which counts the seconds without a byte.
  expect(unguarded(/(?<![\w.])fetch\(/g, /never/, 0)).toEqual(['src/engine/worker/download/transport.ts']);
});

test('every picture that is decoded', () => {
  const named = /limit|gives up/;
  expect(unguarded(/createImageBitmap\(/g, named, 160)).toEqual([]);
  expect(unguarded(/\.decode\(\)/g, /never/, 0)).toEqual([]);
});
