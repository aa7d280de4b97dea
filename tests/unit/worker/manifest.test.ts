// Manifests: a good one is read, a bad one is refused with the key that is wrong.
import { expect, test } from 'vitest';
import { parseManifest, totalBytes } from '../../../src/engine/worker/download/manifest.ts';

const file = { path: 'unet/config.json', bytes: 10, sha256: 'a'.repeat(64) };
const parse = (value: unknown): unknown => parseManifest(JSON.stringify(value), 'manifest.json');

test('reads the keys it needs and leaves others alone', () => {
  const manifest = parseManifest(
    JSON.stringify({
      name: 'm',
      title: 'M',
      files: [file],
      totalBytes: 10,
      metrics: {},
      knownWords: ['hat'],
    }),
    'manifest.json',
  );
  expect(manifest.knownWords).toEqual(['hat']);
  expect(totalBytes(manifest.files)).toBe(10);
});

test.each<[string, unknown, RegExp]>([
  ['no object', 3, /top level/],
  ['no files', { name: 'm', files: [] }, /files/],
  ['a file twice', { name: 'm', files: [file, file] }, /twice/],
  ['a short checksum', { name: 'm', files: [{ ...file, sha256: 'ab' }] }, /files\.0\.sha256/],
  ['negative bytes', { name: 'm', files: [{ ...file, bytes: -1 }] }, /files\.0\.bytes/],
  ...['../m', 'a/b', '', 3].map((base): [string, unknown, RegExp] => [
    `the base ${JSON.stringify(base)}`,
    { name: 'm', base, files: [file] },
    /base/,
  ]),
  ['absurd bytes', { name: 'm', files: [{ ...file, bytes: 1e15 }] }, /files\.0\.bytes/],
  ...[
    '../secret',
    '/etc/passwd',
    'a/../../b',
    'https://other.test/x',
    'a//b',
    'a\\b',
    '',
    '.',
    'a?b',
    'a/..',
  ].map((path): [string, unknown, RegExp] => [
    `the path "${path}"`,
    { name: 'm', files: [{ ...file, path }] },
    /files\.0\.path/,
  ]),
])('refuses %s', (_what, value, message) => {
  expect(() => parse(value)).toThrow(message);
});

test('refuses what is no JSON', () => {
  expect(() => parseManifest('<!doctype html>', 'manifest.json')).toThrow(/manifest\.json is not valid JSON/);
});
