// What the README says is so: its example runs, its commands exist, its links and folders lead somewhere.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

it('the library example runs as it stands', async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example).toContain('loadPipeline');
  const folder = join(root, '.cache');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'readme-example.ts');
  writeFileSync(file, example.replaceAll("from './", "from '../"));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: root });
  expect(stdout.match(/^step \d of 4, t = \d+$/gm)).toHaveLength(4);
  expect(stdout).toMatch(/\[\s*1,\s*128,\s*128,\s*3\s*]\s*$/);
}, 120_000);

describe('commands', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map((match) => match[1] ?? '');

  it.each([...new Set(named)].filter((name) => name !== 'ci'))('npm %s exists', (name) => {
    expect(Object.keys(scripts)).toContain(name);
  });

  it('continuous integration runs the README’s test command', () => {
    expect(readme).toContain('npm ci && npm test');
    expect(read('.ci/run')).toMatch(/^npm ci\nnpm test$/m);
  });
});

describe.each(['README.md', 'CONTRIBUTING.md', 'CREDITS.md', 'docs/LOG.md', 'docs/RESULTS.md'])(
  '%s',
  (file) => {
    const text = read(file);
    const folder = join(root, file, '..');

    it('links to what exists', () => {
      const links = [...text.matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map((match) => match[1] ?? '');
      const broken = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(folder, link)));
      expect(broken).toEqual([]);
    });

    it('names files of the project that exist', () => {
      const paths = [...text.matchAll(/`((?:src|tools|tests|docs|bench|training|public)\/[^`*\s]*)`/g)].map(
        (m) => m[1] ?? '',
      );
      const missing = paths.filter((path) => !/your|NN-|N-M/.test(path) && !existsSync(join(root, path)));
      expect(missing).toEqual([]);
    });
  },
);
