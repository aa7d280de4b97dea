// SHA-256 without the browser's help agrees with Node's, at every length around the block's edges.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256, sha256InScript } from '../../src/storage/sha256.ts';

const bytesOf = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 255);
const expected = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('lengths 0 to 200 and a long one', () => {
  for (const length of [...Array(201).keys(), 100_003]) {
    expect(sha256InScript(bytesOf(length)), `${length} bytes`).toBe(expected(bytesOf(length)));
  }
});

test('a view into a larger buffer', () => {
  const view = bytesOf(300).subarray(13, 213);
  expect(sha256InScript(view)).toBe(expected(view));
});

test("the browser's own gives the same", async () => {
  expect(await sha256(bytesOf(777))).toBe(expected(bytesOf(777)));
});
