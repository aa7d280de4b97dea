// The licences beside the built site: of every package in it, each with its text.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';
import { licenceText, notePackages, packageFolder } from '../../../tools/site/licences.ts';

const root = join(import.meta.dirname, '../../..');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

it('finds the packages that are bundled, and none that only could have been,', async () => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/licences-'));
  folders.push(folder);
  writeFileSync(join(folder, 'main.ts'), "import { group } from 'd3';\nconsole.log(group([1], String));\n");
  const found = new Set<string>();
  await build({
    configFile: false,
    root: folder,
    logLevel: 'error',
    plugins: [notePackages(found)],
    build: { outDir: join(folder, 'dist'), rolldownOptions: { input: join(folder, 'main.ts') } },
  });
  const names = [...found].map((each) => each.replace(/^.*\/node_modules\//, ''));
  expect(names).toEqual(['d3-array']);
});

it.each([
  ['/x/node_modules/idb/build/index.js', '/x/node_modules/idb'],
  ['/x/node_modules/@dicebear/core/lib/index.js?url', '/x/node_modules/@dicebear/core'],
  ['/x/node_modules/a/node_modules/b/index.js', '/x/node_modules/a/node_modules/b'],
  ['C:\\x\\node_modules\\idb\\index.js', 'C:/x/node_modules/idb'],
  ['/x/src/engine/page/engine.ts', undefined],
  ['\0vite/preload-helper.js', undefined],
])('%s belongs to %s', (module, folder) => expect(packageFolder(module)).toBe(folder));

describe('the text', () => {
  const packages = ['idb', '@tensorflow/tfjs-core'].map((name) => join(root, 'node_modules', name));
  const text = licenceText(packages);

  it('has the notice of each package, of the fonts and of the digits', () => {
    expect(text).toMatch(/^idb \S+ \(ISC\)\n\nISC License/m);
    expect(text).toMatch(/^@fontsource-variable\/inter \S+ \(OFL-1\.1\)/m);
    expect(text).toContain('SIL OPEN FONT LICENSE Version 1.1');
    expect(text).toMatch(/^katex /m);
    expect(text).toMatch(/^internmap /m);
    expect(text).toMatch(/MNIST.*CC BY-SA\s+3\.0/s);
    expect(text).toContain('Copyright (c) 2026 Noisebook contributors');
  });

  it('brings the text that a package only names', () => {
    expect(text).toMatch(/^@tensorflow\/tfjs-core \S+ \(Apache-2\.0\)/m);
    expect(text).toContain('END OF TERMS AND CONDITIONS');
  });

  it('refuses a package without one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'package-'));
    folders.push(folder);
    const about = (license?: string): void =>
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({ name: 'odd', version: '1.0.0', license, author: 'A. N. Other' }),
      );
    about('Odd-1.0');
    expect(() => licenceText([folder])).toThrow(/expected a licence file.*came "Odd-1\.0"/);
    about();
    expect(() => licenceText([folder])).toThrow(/came "none"/);
    about('MIT');
    expect(licenceText([folder])).toContain('Copyright (c) A. N. Other');
  });
});
