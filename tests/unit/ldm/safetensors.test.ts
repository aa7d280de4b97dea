// safetensors: round trips, and every kind of damage refused with a reason, fast.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  parseSafetensors,
  SafetensorsError,
  serializeSafetensors,
} from '../../../src/lib/ldm/weights/safetensors.ts';

/** A file with this header text and this many bytes of data. */
function file(header: unknown, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const f32 = (shape: unknown, begin: unknown, end: unknown) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

/** Processor time of this process: unlike the clock, not disturbed by what else the machine does. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Parses and returns the reason for the refusal; nothing may take longer than a moment. */
function refusal(bytes: Uint8Array): string {
  const before = cpuMilliseconds();
  let message = '';
  try {
    parseSafetensors(bytes, { name: 'a.safetensors' });
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    message = (error as Error).message;
  }
  expect(cpuMilliseconds() - before).toBeLessThan(300);
  expect(message).toMatch(/^a\.safetensors: /);
  return message;
}

describe('reading', () => {
  test('F32, F16 and BF16 are widened to float32', () => {
    const bytes = file(
      {
        half: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
        brain: { dtype: 'BF16', shape: [1, 2], data_offsets: [4, 8] },
        full: f32([], 8, 12),
        empty: f32([0, 7], 12, 12),
        __metadata__: { format: 'pt' },
      },
      12,
    );
    const view = new DataView(bytes.buffer, bytes.length - 12);
    view.setUint16(0, 0x3c00, true);
    view.setUint16(2, 0xc100, true);
    view.setUint16(4, 0x3fc0, true);
    view.setUint16(6, 0xc2f7, true);
    view.setFloat32(8, 0.1, true);
    const tensors = parseSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(['half', 'brain', 'full', 'empty']);
    expect(tensors.get('half')).toEqual({ dtype: 'F16', shape: [2], data: Float32Array.of(1, -2.5) });
    expect(tensors.get('brain')).toEqual({
      dtype: 'BF16',
      shape: [1, 2],
      data: Float32Array.of(1.5, -123.5),
    });
    expect(tensors.get('full')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(0.1) });
    expect(tensors.get('empty')?.data.length).toBe(0);
  });

  test('a file at an odd offset of a larger buffer', () => {
    const bytes = serializeSafetensors([['a', { shape: [3], data: Float32Array.of(1, 2, 3) }]]);
    const inside = new Uint8Array(bytes.length + 9);
    inside.set(bytes, 5);
    const tensors = parseSafetensors(inside.subarray(5, 5 + bytes.length));
    expect(tensors.get('a')?.data).toEqual(Float32Array.of(1, 2, 3));
  });

  test('what PyTorch wrote, and the same bytes back', () => {
    const bytes = new Uint8Array(
      readFileSync(new URL('../../fixtures/samplers/cases.safetensors', import.meta.url)),
    );
    const tensors = parseSafetensors(bytes);
    expect(tensors.get('noise')?.shape).toEqual([64, 1, 2, 2, 2]);
    const again = parseSafetensors(serializeSafetensors(tensors));
    expect(again.size).toBe(tensors.size);
    for (const [name, tensor] of tensors) expect(again.get(name)).toEqual(tensor);
  });

  test('tensors can be skipped, whatever their type', () => {
    const bytes = file({ a: f32([1], 0, 4), ids: { dtype: 'I64', shape: [1], data_offsets: [4, 12] } }, 12);
    expect(refusal(bytes)).toContain('tensor "ids": expected dtype F32, F16 or BF16, got I64');
    expect([...parseSafetensors(bytes, { skip: (name) => name === 'ids' }).keys()]).toEqual(['a']);
  });

  test('names that objects know already are only names', () => {
    const bytes = file(
      '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"toString":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
    );
    expect([...parseSafetensors(bytes).keys()]).toEqual(['__proto__', 'toString']);
    expect(
      refusal(file('{"a":{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}', 4)),
    ).toContain('tensor "a"');
  });
});

test('metadata may be as long as the format allows, and no longer', () => {
  const one = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  const tags = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`tag number ${i}`, i]));
  const header = { __metadata__: { format: 'pt', ss_tag_frequency: JSON.stringify(tags) }, a: one };
  expect(JSON.stringify(header).length).toBeGreaterThan(1.5e6);
  expect([...parseSafetensors(file(header, 4)).keys()]).toEqual(['a']);
  const long = new Uint8Array(8 + 100_000_001);
  new DataView(long.buffer).setBigUint64(0, 100_000_001n, true);
  expect(refusal(long)).toContain('expected a header of at most 100 MB, as the format allows, got 101 MB');
});

describe('refusing', () => {
  test.each([
    ['an empty file', new Uint8Array(0), 'got an empty one'],
    ['a few bytes', Uint8Array.of(1, 2, 3), 'got only 3 bytes'],
    ['a header of 2^60 bytes', file('{}', 0, 2n ** 60n), 'got a length of 1152921504606846976'],
    ['a header of 2^64 - 1 bytes', file('{}', 0, 2n ** 64n - 1n), 'expected a header of 2 to'],
    [
      'a header of 100 MB that is not there',
      file('{}', 0, 100_000_000n),
      'got a file of 10 bytes: it is cut off',
    ],
    [
      '200,000 names',
      file(Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [i, {}]))),
      'at most 100000 tensors',
    ],
    [
      'a header longer than the file',
      file('{}', 0, 1000n),
      'expected a header of 1000 bytes, got a file of 10 bytes',
    ],
    ['no header', file('', 8, 0n), 'got a length of 0'],
    ['a header that is not an object', file('[1,2]'), 'start with "{"'],
    ['damaged JSON', file('{"a":'), 'does not parse'],
    ['bytes that are not UTF-8', file('{"\u00e9":1}').map((b) => (b === 0xc3 ? 0xff : b)), 'UTF-8'],
    [
      'a name twice',
      file(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        8,
      ),
      'got "a" twice',
    ],
    [
      'a key twice',
      file('{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}', 4),
      'got "dtype" twice',
    ],
    [
      'an unknown dtype',
      file({ a: { ...f32([1], 0, 4), dtype: 'F33' } }, 4),
      'tensor "a": expected dtype F32, F16 or BF16, got "F33"',
    ],
    [
      'a dtype by prototype',
      file({ a: { ...f32([1], 0, 4), dtype: 'constructor' } }, 4),
      'got "constructor"',
    ],
    ['an unsupported dtype', file({ a: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, 8), 'got F64'],
    ['a missing shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), 'expected a shape'],
    ['a negative shape', file({ a: f32([-1], 0, 4) }, 4), 'expected a shape'],
    ['a fractional shape', file({ a: f32([1.5], 0, 4) }, 4), 'expected a shape'],
    [
      'an unsafe shape',
      file('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
      'expected a shape',
    ],
    [
      'an overflowing shape',
      file({ a: f32([2 ** 40, 2 ** 40, 2 ** 40], 0, 4) }, 4),
      'bytes for F32 of shape',
    ],
    ['too many dimensions', file({ a: f32(Array(9).fill(1), 0, 4) }, 4), 'at most 8'],
    ['a shape that is no list', file({ a: f32('1', 0, 4) }, 4), 'got "1"'],
    [
      'three offsets',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 8),
      'data_offsets [begin, end]',
    ],
    ['negative offsets', file({ a: f32([1], -4, 0) }, 4), 'data_offsets [begin, end]'],
    ['offsets in reverse', file({ a: f32([1], 4, 0) }, 4), 'begin <= end'],
    [
      'a shape of another size',
      file({ a: f32([2], 0, 4) }, 4),
      'expected 8 bytes for F32 of shape [2], got 4',
    ],
    ['overlapping tensors', file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8), 'got 4 (they overlap)'],
    ['two tensors in one place', file({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4), 'they overlap'],
    ['a gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), 'there is a gap'],
    ['a gap at the start', file({ a: f32([1], 4, 8) }, 8), 'expected its data to begin at byte 0'],
    ['data beyond the end', file({ a: f32([4], 0, 16) }, 12), 'it is cut off'],
    ['bytes left over', file({ a: f32([1], 0, 4) }, 5), '1 too many'],
    ['a number for a tensor', file({ a: 1 }), 'tensor "a": expected an object'],
    ['null for a tensor', file({ a: null }), 'tensor "a": expected an object'],
    ['a stray key', file({ a: { ...f32([1], 0, 4), strides: [1] } }, 4), 'got "strides"'],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), '__metadata__'],
    ['metadata that is a list', file({ __metadata__: ['a'] }), '__metadata__'],
    ['deep nesting', file(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`), 'deeply nested'],
    ['deep nesting, unclosed', file(`{"a":${'{"b":'.repeat(100_000)}`), 'deeply nested'],
    ['a huge shape list', file({ a: f32(Array(200_000).fill(1), 0, 4) }, 4), 'at most 8'],
    ['an endless string', file(`{"${'a'.repeat(500_000)}`), 'does not parse'],
    [
      'many bad entries',
      file(`{${Array.from({ length: 50_000 }, (_, i) => `"t${i}":0`).join(',')}}`),
      'tensor "t0"',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(refusal(bytes)).toContain(reason);
  });

  test.each([
    ['a zip archive', 'PK\u0003\u0004 and so on'],
    ['a PNG image', '\u0089PNG\r\n\u001a\n........'],
    ['a JPEG image', '\u00ff\u00d8\u00ff\u00e0........'],
    ['an HTML page', '\n<!DOCTYPE html><title>404</title>'],
    ['an HTML page', '<html><body>Not found'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'],
    ['a Python pickle', '\u0080\u0002}q\u0000(X\u0001........'],
    ['a gzip archive', '\u001f\u008b\u0008........'],
    ['a JSON text', '{"error":"Repository not found"}'],
    ['nothing but zeros', '\0'.repeat(64)],
  ])('names %s', (what, content) => {
    expect(refusal(Uint8Array.from(content, (char) => char.charCodeAt(0)))).toContain(what);
  });

  test('a truncated file, wherever it was cut', () => {
    const bytes = serializeSafetensors([
      ['a', { shape: [2, 3], data: new Float32Array(6).fill(1) }],
      ['b', { shape: [5], data: new Float32Array(5).fill(2) }],
    ]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseSafetensors(bytes.subarray(0, length))).toThrow(SafetensorsError);
    }
  });
});

describe('fuzzing', () => {
  /** mulberry32: the tests need the same damage in every run. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  test.each([1, 2, 3, 4])(
    'flipped, cut, doubled and inserted bytes either parse or are refused (seed %i)',
    (seed) => {
      const next = random(seed);
      const pick = (count: number): number => Math.floor(next() * count);
      const good = serializeSafetensors(
        [
          ['unet.conv_in.weight', { shape: [2, 3, 1, 1], data: Float32Array.from({ length: 6 }, next) }],
          ['unet.conv_in.bias', { shape: [2], data: Float32Array.from({ length: 2 }, next) }],
          ['empty', { shape: [0], data: new Float32Array(0) }],
        ],
        { metadata: { format: 'pt' } },
      );
      let parsed = 0;
      let slowest = 0;
      for (let round = 0; round < 1500; round++) {
        let bytes = good.slice();
        for (let damage = 1 + pick(4); damage > 0; damage--) {
          // Mostly in the header, where it matters.
          const at = pick(next() < 0.8 ? Math.min(300, bytes.length) : bytes.length);
          const kind = pick(5);
          if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
          else if (kind === 1) bytes[at] = '0123456789[]{},:"-e.\\ '.charCodeAt(pick(22));
          else if (kind === 2) bytes = bytes.slice(0, at);
          else if (kind === 3)
            bytes = Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1 + pick(8))]);
          else bytes = Uint8Array.from([...bytes.slice(0, at), pick(256), ...bytes.slice(at)]);
        }
        const before = performance.now();
        try {
          for (const [, { shape, data }] of parseSafetensors(bytes)) {
            expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
            expect(data.byteLength).toBeLessThanOrEqual(2 * bytes.length);
          }
          parsed++;
        } catch (error) {
          if (!(error instanceof SafetensorsError)) throw error;
        }
        slowest = Math.max(slowest, cpuMilliseconds() - before);
      }
      // Flips in the data or in a name leave a valid file: some must parse, most must not.
      expect(parsed).toBeGreaterThan(30);
      expect(parsed).toBeLessThan(1000);
      expect(slowest).toBeLessThan(300);
    },
  );
});

describe('writing', () => {
  test('sorted by name, padded to 8 bytes, with metadata', () => {
    const bytes = serializeSafetensors(
      [
        ['b', { shape: [1], data: Float32Array.of(2) }],
        ['1', { shape: [1], data: Float32Array.of(1) }],
      ],
      { metadata: { format: 'pt' } },
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},"1":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
    );
  });

  test('F16 rounds to the nearest half, and refuses what does not fit', () => {
    const data = Float32Array.of(0.1, -65504, 1e-8, Number.POSITIVE_INFINITY);
    const bytes = serializeSafetensors([['a', { shape: [4], data }]], { dtype: 'F16' });
    expect(parseSafetensors(bytes).get('a')).toEqual({
      dtype: 'F16',
      shape: [4],
      data: Float32Array.of(0.0999755859375, -65504, 0, Number.POSITIVE_INFINITY),
    });
    const large = { shape: [1], data: Float32Array.of(70000) };
    expect(() => serializeSafetensors([['w', large]], { dtype: 'F16' })).toThrow(
      'tensor "w": 70000 does not fit F16',
    );
  });

  test('refuses names twice, reserved names and wrong shapes', () => {
    const one = { shape: [1], data: Float32Array.of(1) };
    expect(() =>
      serializeSafetensors([
        ['a', one],
        ['a', one],
      ]),
    ).toThrow('got it twice');
    expect(() => serializeSafetensors([['__metadata__', one]])).toThrow('reserved');
    expect(() => serializeSafetensors([['a', { ...one, shape: [2] }]])).toThrow(
      'expected 2 numbers for shape [2], got 1',
    );
  });
});
