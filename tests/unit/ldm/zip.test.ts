// Zips: what is packed comes back to the byte, Python and we agree, and hostile ones are refused with the reason.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../../src/lib/ldm/weights/crc32.ts';
import { readZip } from '../../../src/lib/ldm/weights/readZip.ts';
import { writeZip } from '../../../src/lib/ldm/weights/writeZip.ts';
import { Rng } from '../../../src/lib/ldm/base/rng.ts';
import { joined, rawZip, utf8, type RawEntry } from '../../lib/rawZip.ts';

const noise = (length: number, seed = 1): Uint8Array<ArrayBuffer> => {
  const rng = new Rng(seed);
  return Uint8Array.from({ length }, () => Math.floor(rng.uniform() * 256));
};
const files = new Map<string, Uint8Array>([
  ['model_index.json', utf8(JSON.stringify({ a: 1, text: 'x'.repeat(3000) }))],
  ['vae/config.json', utf8('{}')],
  ['vae/diffusion_pytorch_model.safetensors', noise(100_003)],
  ['unet/größe é 模.json', utf8('[1]')],
  ['empty.txt', new Uint8Array(0)],
]);
const plain = (all: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries([...all].map(([path, bytes]) => [path, [...bytes]]));
/** Why a zip is refused. */
const refusal = async (zip: Uint8Array | Blob, limits = {}): Promise<string> =>
  readZip(zip, { name: 'a.zip', limits }).then(
    () => 'was read',
    (error: unknown) => String(error),
  );

describe('writing and reading', () => {
  test('crc32 of "123456789" is the check value of the standard', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf43926);
    expect(crc32(utf8('6789'), crc32(utf8('12345')))).toBe(0xcbf43926);
  });

  test('every byte comes back, from memory and from a file', async () => {
    const zip = writeZip(files);
    expect(plain(await readZip(zip))).toEqual(plain(files));
    expect(plain(await readZip(new Blob([zip])))).toEqual(plain(files));
  });

  test('the same files give the same bytes in any order; texts get smaller, weights are stored', () => {
    const zip = writeZip(files);
    expect(writeZip(new Map([...files].reverse()))).toEqual(zip);
    expect(zip.length).toBeGreaterThan(100_003);
    expect(zip.length).toBeLessThan(100_003 + 1500);
  });

  test('every file bears the first date that a zip can name, and weights are stored as they are', () => {
    const zip = writeZip(new Map([['a.json', utf8('{}')]]));
    const view = new DataView(zip.buffer);
    expect([view.getUint16(10, true), view.getUint16(12, true)]).toEqual([0, 0x0021]);
    const weights = noise(500);
    const stored = writeZip(new Map([['a.safetensors', weights]]));
    expect(new DataView(stored.buffer).getUint16(8, true)).toBe(0);
    const begin = 30 + 'a.safetensors'.length;
    expect([...stored.subarray(begin, begin + weights.length)]).toEqual([...weights]);
  });

  test('a path that leads outside is not written', () => {
    for (const path of ['../a', '/a', 'a//b', 'a\\b', ''])
      expect(() => writeZip(new Map([[path, utf8('x')]]))).toThrow(/inside the model folder/);
  });

  test('progress ends at all bytes, and a cancelled reading stops', async () => {
    const seen: number[][] = [];
    await readZip(writeZip(files), { onProgress: (...step) => seen.push(step) });
    const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(seen.at(-1)).toEqual([total, total]);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(readZip(writeZip(files), { signal: stopped })).rejects.toThrow('stopped');
  });

  test("Python's zipfile reads ours, and we read Python's, with its folders", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zip-'));
    try {
      writeFileSync(join(folder, 'ours.zip'), writeZip(files));
      const script = `
import sys, zipfile
with zipfile.ZipFile("ours.zip") as z:
    assert z.testzip() is None
    content = {i.filename: z.read(i) for i in z.infolist()}
with zipfile.ZipFile("theirs.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.mkdir("vae")
    for name, data in content.items(): z.writestr(name, data)
`;
      execFileSync('python3', ['-c', script], { cwd: folder });
      const { openAsBlob } = await import('node:fs');
      expect(plain(await readZip(await openAsBlob(join(folder, 'theirs.zip'))))).toEqual(plain(files));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a zip with a comment, and one with no files, are zips', async () => {
    const comment = joined(utf8('PK'), Uint8Array.of(5, 6), new Uint8Array(30));
    const zip = rawZip([{ name: 'a', content: utf8('hello') }], { comment });
    expect(plain(await readZip(zip))).toEqual({ a: [...utf8('hello')] });
    expect((await readZip(rawZip([]))).size).toBe(0);
  });
});

describe('what unzip opens is opened', () => {
  const content = utf8('hello');
  test.each<[string, RawEntry[], string[]]>([
    [
      'names that begin with "./"',
      [{ name: './' }, { name: './vae/' }, { name: './vae/a', content }],
      ['vae/a'],
    ],
    ['an entry "/", and names that begin with it', [{ name: '/' }, { name: '/vae/a', content }], ['vae/a']],
    ['double slashes and dots', [{ name: 'vae//./a', content }, { name: 'unet/.' }], ['vae/a']],
    ['a folder twice', [{ name: 'vae/' }, { name: './vae/' }, { name: 'vae/a', content }], ['vae/a']],
    ['backslashes of old Windows tools', [{ name: 'vae\\' }, { name: 'vae\\a', content }], ['vae/a']],
    ['a name in the old code page', [{ name: Uint8Array.of(0x61, 0x81), flags: 0, content }], ['aü']],
    ['UTF-8 that is not marked', [{ name: 'aü', flags: 0, content }], ['aü']],
    [
      'a name that begins with dots',
      [
        { name: '...', content },
        { name: '..a', content },
      ],
      ['...', '..a'],
    ],
  ])('%s', async (_, entries, paths) => {
    const read = await readZip(rawZip(entries));
    expect([...read.keys()]).toEqual(paths);
    for (const bytes of read.values()) expect(bytes).toEqual(content);
  });
});

describe('hostile zips are refused with the reason', () => {
  const one = (entry: RawEntry) => rawZip([{ content: utf8('hello'), ...entry }]);
  const cases: readonly (readonly [what: string, zip: Uint8Array, reason: RegExp])[] = [
    [
      'path traversal',
      one({ name: '../../etc/passwd' }),
      /"\.\.\/\.\.\/etc\/passwd" leads out of its folder/,
    ],
    ['traversal below a folder', one({ name: 'vae/../../x' }), /leads out of its folder/],
    ['traversal after a slash', one({ name: '/./../x' }), /leads out of its folder/],
    ['traversal and back', one({ name: 'vae/../x' }), /has "\.\." in its path/],
    ['a drive', one({ name: 'C:/windows' }), /absolute path/],
    ['backslashes that lead out', one({ name: '..\\..\\x' }), /leads out of its folder/],
    ['backslashes from Unix', one({ name: 'a\\x', unixMode: 0o100644 }), /has a backslash in its name/],
    ['a drive after a slash', one({ name: '/C:/windows' }), /absolute path/],
    ['a drive and backslashes', one({ name: 'C:\\windows' }), /absolute path/],
    ['control characters', one({ name: 'a\u0000.json' }), /control characters/],
    ['no name', one({ name: '' }), /has no name/],
    ['a long name', one({ name: 'a'.repeat(300) }), /300 characters, at most 240/],
    ['a name in no encoding', one({ name: Uint8Array.of(0x61, 0xff) }), /not UTF-8/],
    [
      'a duplicate in two spellings',
      rawZip([{ name: 'a' }, { name: './a' }]),
      /each file once, got "a" twice/,
    ],
    ['a root with bytes', one({ name: './' }), /expected no bytes, got 5/],
    ['a duplicate', rawZip([{ name: 'a' }, { name: 'a' }]), /each file once, got "a" twice/],
    ['a file and a folder', rawZip([{ name: 'a' }, { name: 'a/b' }]), /"a" is a file and a folder/],
    ['encryption', one({ name: 'a', flags: 1 }), /"a" is encrypted/],
    ['strong encryption', one({ name: 'a', flags: 0x41 }), /"a" is encrypted/],
    ['another method', one({ name: 'a', method: 14 }), /stored or deflated, got method 14/],
    ['a link', one({ name: 'a', unixMode: 0o120777 }), /"a" is a link/],
    ['a folder with bytes', one({ name: 'a/' }), /the folder "a\/": expected no bytes, got 5/],
    ['a wrong checksum', one({ name: 'a', crc: 1 }), /"a": its checksum is wrong/],
    ['a wrong own name', one({ name: 'a', localName: 'b' }), /not where the list of files says/],
    ['a wrong place', one({ name: 'a', offset: 7 }), /not where the list of files says/],
    ['stored sizes that differ', one({ name: 'a', bytes: 9 }), /expected 9 stored bytes, got 5/],
    ['bytes beyond the end', one({ name: 'a', packedBytes: 5000, bytes: 5000 }), /its bytes are missing/],
    ['zip64 sizes', one({ name: 'a', bytes: 0xffffffff, packedBytes: 0xffffffff }), /larger than 4 GB/],
    ['a zip64', rawZip([], { count: 0xffff }), /zip64/],
    ['one part of several', rawZip([{ name: 'a' }], { disk: 1 }), /one part of a split zip/],
    [
      'more entries than are there',
      rawZip([{ name: 'a' }], { count: 2 }),
      /expected 2 entries in its list, got 1/,
    ],
    ['fewer entries', rawZip([{ name: 'a' }, { name: 'b' }], { count: 1 }), /longer than it says/],
    ['a list elsewhere', rawZip([{ name: 'a' }], { listBegin: 3 }), /not where its end says/],
    ['bytes put before it', joined(utf8('#!/bin/sh\n'), one({ name: 'a' })), /has bytes added/],
    ['nothing', new Uint8Array(0), /got an empty one/],
    ['a PNG', joined(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), noise(500)), /got a PNG image/],
    ['an HTML page', utf8('<!doctype html><title>404</title>'), /got an HTML page/],
    ['random bytes', noise(70_000), /got something else/],
  ];
  for (const [what, zip, reason] of cases) {
    test(what, async () => expect(await refusal(zip)).toMatch(reason));
  }

  test('one cut off at any byte', async () => {
    const zip = writeZip(files);
    for (const length of [1, 30, 500, 60_000, zip.length - 200, zip.length - 22, zip.length - 1]) {
      expect(await refusal(zip.subarray(0, length))).toMatch(
        /ZipError: a\.zip: .*(cut off|not UTF-8|something else)/,
      );
    }
  });

  test('no flipped bit goes unnoticed in what is unpacked', async () => {
    const zip = rawZip([
      { name: 'a', content: noise(300), deflated: true },
      { name: 'b', content: utf8('stored') },
    ]);
    const whole = plain(await readZip(zip));
    let refused = 0;
    for (let at = 0; at < zip.length; at++) {
      const damaged = zip.slice();
      damaged[at]! ^= 1 << (at % 8);
      try {
        // Dates and versions may change; a name only where both copies do, which one bit can't.
        expect(plain(await readZip(damaged))).toEqual(whole);
      } catch (error) {
        if (!String(error).startsWith('ZipError')) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(zip.length / 2);
  });

  test('a bomb: declared', async () => {
    const zeros = new Uint8Array(30e6);
    const zip = rawZip([{ name: 'unet/a.safetensors', content: zeros, deflated: true }]);
    expect(zip.length).toBeLessThan(40_000);
    expect(await refusal(zip)).toMatch(/would unpack to 1\d{3} times its size: a compression bomb/);
  });

  test('a bomb: declared small, unpacked large; no more is unpacked than was declared', async () => {
    const zip = rawZip([{ name: 'a', content: new Uint8Array(30e6), deflated: true, bytes: 1000, crc: 0 }]);
    expect(await refusal(zip)).toMatch(/expected 1000 bytes, got more: a compression bomb/);
  });

  test('a bomb: a thousand files that share their bytes', async () => {
    const first = rawZip([
      { name: 'a', content: noise(1000) },
      ...many(5).map((name) => ({ name, offset: 0 })),
    ]);
    expect(await refusal(first)).toMatch(/share bytes: a compression bomb/);
  });

  test('too many entries, too large a file, too large in all', async () => {
    const small = rawZip(many(6).map((name) => ({ name, content: noise(100) })));
    expect(await refusal(small, { maxEntries: 5 })).toMatch(/at most 5 entries, got 6/);
    expect(await refusal(small, { maxFileBytes: 50 })).toMatch(/at most .* a file/);
    expect(await refusal(small, { maxTotalBytes: 550 })).toMatch(/at most .* unpacked, got more/);
    expect(await refusal(small, { maxEntries: 6, maxFileBytes: 100, maxTotalBytes: 600 })).toBe('was read');
  });

  test('deflated bytes that are none, that end early, that go on', async () => {
    const content = noise(3000);
    const good = rawZip([{ name: 'a', content, deflated: true }]);
    expect(await refusal(good)).toBe('was read');
    const junk = rawZip([{ name: 'a', content, method: 8, data: noise(400, 9) }]);
    expect(await refusal(junk)).toMatch(/damaged|bomb/);
    const { deflateRawSync } = await import('node:zlib');
    const short = rawZip([{ name: 'a', content, method: 8, data: deflateRawSync(content).subarray(0, 900) }]);
    expect(await refusal(short)).toMatch(/damaged/);
  });
});

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `file-${i}`);
