// Every <Term> in the prose has words of its own: its name, pasted into a sentence, breaks it. The component refuses it as well.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const files = globSync('src/{content,components,pages,layouts}/**/*.{mdx,astro}');

test('no term stands without words', () => {
  const uses = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return Array.from(text.matchAll(/<Term\b[^>]*?(?:\/>|>\s*<\/Term>)/g), ([tag]) => `${file}: ${tag}`);
  });
  const all = files.flatMap((file) => readFileSync(file, 'utf8').match(/<Term\b[^>]*>[^<]/g) ?? []);
  // Those in the component's own error message stand in a template literal.
  expect(uses.filter((use) => !use.startsWith('src/components/prose/Term.astro'))).toEqual([]);
  expect(all.length).toBeGreaterThan(20);
});
