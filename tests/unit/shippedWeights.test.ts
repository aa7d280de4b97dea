// The shipped models: every manifest says what its folder holds, to the byte, and a model's base is there.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { takesFromBase } from '@noisebook/ldm/numbers';
import { parseManifest, totalBytes, type Manifest } from '../../src/engine/worker/download/manifest.ts';

const WEIGHTS = join(import.meta.dirname, '../../public/weights');
const names = readdirSync(WEIGHTS).filter((name) => existsSync(join(WEIGHTS, name, 'manifest.json')));

function read(name: string): Manifest & { readonly totalBytes: unknown } {
  const text = readFileSync(join(WEIGHTS, name, 'manifest.json'), 'utf8');
  const { totalBytes: total } = JSON.parse(text) as { readonly totalBytes: unknown };
  return { ...parseManifest(text, name), totalBytes: total };
}

test('the models that the pages draw with are there', () => {
  expect(names).toEqual(expect.arrayContaining(['faces-128', 'faces-128-turbo', 'faces-64']));
});

describe.each(names)('%s', (name) => {
  const manifest = read(name);

  test('lists every file with its length and checksum', () => {
    const found = globSync('**/*', { cwd: join(WEIGHTS, name), withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => path !== join(WEIGHTS, name, 'manifest.json'))
      .map((path) => {
        const bytes = readFileSync(path);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return { path: path.slice(join(WEIGHTS, name).length + 1), bytes: bytes.length, sha256 };
      });
    const sorted = (files: readonly { readonly path: string }[]): unknown =>
      [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(manifest.name).toBe(name);
    expect(sorted(manifest.files)).toEqual(sorted(found));
  });

  test('says what is downloaded in all', () => {
    const base = manifest.base === undefined ? undefined : read(manifest.base);
    expect(base?.base).toBeUndefined();
    const wanted = takesFromBase(manifest.files.map(({ path }) => path));
    const lower = (base?.files ?? []).filter(({ path }) => wanted(path));
    expect(manifest.totalBytes).toBe(totalBytes(manifest.files) + totalBytes(lower));
    expect(manifest.totalBytes).toBeLessThanOrEqual(name.startsWith('faces-128') ? 16e6 : 20e6);
  });
});
