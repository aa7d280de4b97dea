// Weights in 8 bits: read as their numbers times their scales, kept packed, refused where scales are missing or do not fit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plainWeights } from '../../../src/lib/ldm/pipeline/plainWeights.ts';
import { findModel } from '../../../src/lib/ldm/pipeline/modelFiles.ts';
import { parseSafetensors, SafetensorsError } from '../../../src/lib/ldm/weights/safetensors.ts';

interface Given {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A safetensors file of these tensors, one after the other. */
function file(tensors: Readonly<Record<string, Given>>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
      const begin = end;
      end += bytes.length;
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + end);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  let at = 8 + text.length;
  for (const { bytes } of Object.values(tensors)) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

const i8 = (shape: readonly number[], ...q: number[]): Given => ({
  dtype: 'I8',
  shape,
  bytes: new Uint8Array(Int8Array.from(q).buffer),
});
const f32 = (shape: readonly number[], ...values: number[]): Given => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

describe('reading', () => {
  test('each output channel has its own scale; the scales are no tensors of their own', () => {
    const state = parseSafetensors(
      file({
        w: i8([2, 3], -127, 0, 127, 1, -2, 3),
        'w.scale': f32([2], 0.5, 10),
        'norm.scale': f32([1], 4),
      }),
    );
    expect([...state.keys()]).toEqual(['w', 'norm.scale']);
    expect(state.get('w')).toEqual({
      dtype: 'I8',
      shape: [2, 3],
      data: Float32Array.of(-63.5, 0, 63.5, 10, -20, 30),
    });
    expect(state.get('norm.scale')?.data).toEqual(Float32Array.of(4));
  });

  test('convolutions, scales before and after, at any offset of a buffer', () => {
    const bytes = file({
      'c.scale': f32([2], 1, 2),
      c: i8([2, 1, 1, 2], 1, 2, 3, 4),
      empty: i8([0, 5]),
      'empty.scale': f32([0]),
    });
    for (const offset of [0, 1, 3]) {
      const inside = new Uint8Array(bytes.length + 9);
      inside.set(bytes, offset);
      const state = parseSafetensors(inside.subarray(offset, offset + bytes.length));
      expect(state.get('c')?.data).toEqual(Float32Array.of(1, 2, 6, 8));
      expect(state.get('empty')?.data.length).toBe(0);
    }
  });

  test('only the packed bytes are kept: what is unpacked is made anew and belongs to whoever asked', () => {
    const tensor = parseSafetensors(file({ w: i8([1, 2], 3, 4), 'w.scale': f32([1], 2) })).get('w');
    const first = tensor?.data;
    first?.fill(0);
    expect(tensor?.data).toEqual(Float32Array.of(6, 8));
    expect(tensor?.data).not.toBe(tensor?.data);
  });
});

describe('refusing', () => {
  const cases: readonly (readonly [what: string, tensors: Record<string, Given>, reason: string])[] = [
    ['no scales', { w: i8([1, 2], 1, 2) }, 'tensor "w": expected its scales "w.scale" (F32) beside it'],
    [
      'scales for another number of channels',
      { w: i8([2, 1], 1, 2), 'w.scale': f32([1], 1) },
      'expected scales of dtype F32 and shape [2], got F32 [1]',
    ],
    [
      'scales of another type',
      {
        w: i8([2, 1], 1, 2),
        'w.scale': { dtype: 'F16', shape: [2], bytes: new Uint8Array(4) },
      },
      'got F16 [2]',
    ],
    ['scales of another rank', { w: i8([2, 1], 1, 2), 'w.scale': f32([2, 1], 1, 1) }, 'got F32 [2, 1]'],
    [
      'a vector',
      { w: i8([2], 1, 2), 'w.scale': f32([2], 1, 1) },
      'expected a matrix or a convolution in I8, got shape [2]',
    ],
    ['scales of scales', { 'w.scale': i8([1, 1], 1), w: i8([1, 1], 1) }, '"w.scale.scale"'],
  ];
  test.each(cases)('%s', (_what, tensors, reason) => {
    const parse = (): unknown => parseSafetensors(file(tensors), { name: 'a.safetensors' });
    expect(parse).toThrow(SafetensorsError);
    expect(parse).toThrow(reason);
  });
});

const fixtures = join(import.meta.dirname, '../../fixtures');
const read = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(fixtures, path)));
const PARTS = [
  ['unet', 'diffusion_pytorch_model'],
  ['text_encoder', 'model'],
] as const;

describe('what training/quantize.py writes', () => {
  test.each(PARTS)('%s: every weight is within half a step of the original', (part, name) => {
    const whole = parseSafetensors(read(`micro/${part}/${name}.safetensors`));
    const packed = parseSafetensors(read(`micro-int8/${part}/${name}.int8.safetensors`));
    expect([...packed.keys()].sort()).toEqual([...whole.keys()].sort());
    let inEightBits = 0;
    for (const [key, { shape, data }] of whole) {
      const tensor = packed.get(key);
      expect(tensor?.shape, key).toEqual(shape);
      const values = tensor?.data ?? new Float32Array(0);
      if (tensor?.dtype === 'I8') inEightBits += data.length;
      const perChannel = data.length / (shape[0] ?? 1);
      for (let at = 0; at < data.length; at++) {
        const channel = Math.floor(at / perChannel) * perChannel;
        const largest = data
          .subarray(channel, channel + perChannel)
          .reduce((m, v) => Math.max(m, Math.abs(v)), 0);
        const step = tensor?.dtype === 'I8' ? largest / 127 : largest / 1024;
        if (Math.abs((values[at] ?? NaN) - (data[at] ?? 0)) <= step * 0.5001) continue;
        expect.fail(`${key}[${at}]: ${values[at]} is too far from ${data[at]} for steps of ${step}`);
      }
    }
    expect(inEightBits).toBeGreaterThan(1000);
  });

  test('a folder with it is found, and the standard file goes first', () => {
    const path = 'unet/diffusion_pytorch_model';
    const one = new Map([
      ['model_index.json', read('micro/model_index.json')],
      [`${path}.int8.safetensors`, read(`micro-int8/${path}.int8.safetensors`)],
    ]);
    expect([...findModel(one, 'm').files.keys()]).toContain(`${path}.int8.safetensors`);
    const two = new Map([...one, [`${path}.safetensors`, read(`micro/${path}.safetensors`)]]);
    const { files, ignored } = findModel(two, 'm');
    expect([...files.keys()]).toEqual(['model_index.json', `${path}.safetensors`]);
    expect(ignored).toEqual([`${path}.int8.safetensors`]);
  });

  test('unpacked to half precision it is the same to the last half, under the standard name', () => {
    const packed = new Map(
      PARTS.map(([part, name]) => [
        `${part}/${name}.int8.safetensors`,
        read(`micro-int8/${part}/${name}.int8.safetensors`),
      ]),
    );
    const plain = plainWeights(packed);
    expect([...plain.keys()].sort()).toEqual(
      PARTS.map(([part, name]) => `${part}/${name}.safetensors`).sort(),
    );
    for (const [path, bytes] of packed) {
      const half = parseSafetensors(plain.get(path.replace('.int8', '')) ?? new Uint8Array(0));
      for (const [key, { data }] of parseSafetensors(bytes)) {
        expect(half.get(key)?.dtype).toBe('F16');
        const values = half.get(key)?.data;
        data.forEach((value, at) => {
          if (Math.abs((values?.[at] ?? NaN) - value) > Math.max(Math.abs(value) / 2048, 2 ** -25))
            expect.fail(`${key}[${at}]: ${values?.[at]} for ${value}`);
        });
      }
    }
    expect(plainWeights(plain)).toBe(plain);
  });
});
