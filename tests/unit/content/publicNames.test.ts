// The page of the library lists what its doors export, all of it, and shows no bodies and nothing private.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publicNames } from '../../../src/siteData/publicNames.ts';

const root = join(import.meta.dirname, '../../..');
const doors = publicNames(root);
const snapshot = (door: string): string[] =>
  readFileSync(join(root, `tests/package/names/${door}.txt`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replace('type ', ''))
    .sort();
const all = doors.flatMap(({ names }) => names);

test('has every public name once', () => {
  const names = all.map(({ name }) => name).sort();
  expect(names).toEqual([...snapshot('ldm'), ...snapshot('node')].sort());
});

test('a function has its comment and ends before its body, a class has no private members', () => {
  const psnr = all.find(({ name }) => name === 'psnr');
  expect(psnr?.about).toMatch(/^10 log10\(range\^2/);
  expect(psnr?.code).toBe('function psnr(a: ArrayLike<number>, b: ArrayLike<number>, range = 2): number;');
  const pipeline = all.find(({ name }) => name === 'StableDiffusionPipeline');
  expect(pipeline?.code).toContain('textToImage(');
  expect(pipeline?.code).not.toMatch(/^ {2}(readonly )?#|private /m);
  expect(all.find(({ name }) => name === 'featureMoments')?.path).toBe(
    'src/lib/ldm/metrics/frechetDistance.ts',
  );
});
