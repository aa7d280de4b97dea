// What holds for any input: zips, safetensors, the tokenizer, settings files and addresses, with inputs that nobody thought of.
//
// A run takes the same inputs each time (SEED). What fails is made as small as it can be, and printed with the path to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { definitions } from '../../src/components/figures/definitions.ts';
import {
  ConfigError,
  parseClipTextConfig,
  parseConfigJson,
  parseModelIndex,
  parseSchedulerConfig,
  parseUnetConfig,
  parseVaeConfig,
} from '../../src/lib/ldm/config/index.ts';
import { CLIPTokenizer } from '../../src/lib/ldm/tokenizer/clipTokenizer.ts';
import { readZip } from '../../src/lib/ldm/weights/readZip.ts';
import {
  parseSafetensors,
  SafetensorsError,
  serializeSafetensors,
} from '../../src/lib/ldm/weights/safetensors.ts';
import { writeZip } from '../../src/lib/ldm/weights/writeZip.ts';
import { ZipError } from '../../src/lib/ldm/weights/zipDirectory.ts';
import { readFigure, writeFigure } from '../../src/state/figureAddress.ts';

const SEED = 20_260_401;
fc.configureGlobal({ seed: SEED, numRuns: 200 });

const fixtures = join(import.meta.dirname, '../fixtures/diffusers-tiny');
const SCHEDULER = join(import.meta.dirname, '../../public/weights/faces-64/scheduler/scheduler_config.json');
const read = (path: string): string => readFileSync(join(fixtures, path), 'utf8');

/** What a call throws; undefined if nothing. */
function thrown(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Some bytes of `whole` changed, or its end cut off. */
const damaged = (whole: Uint8Array): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(whole.length), { nil: undefined }),
    )
    .map(([changes, length]) => {
      const bytes = Uint8Array.from(whole);
      for (const [place, value] of changes) bytes[place] = value;
      return bytes.slice(0, length);
    });

describe('a zip', () => {
  const path = fc
    .array(fc.stringMatching(/^[a-zA-Z0-9_é模-]{1,8}$/), { minLength: 1, maxLength: 3 })
    .map((parts) => `${parts.join('/')}.bin`);
  const files = fc
    .dictionary(path, fc.uint8Array({ maxLength: 300 }), { maxKeys: 5, noNullPrototype: true })
    .map((all) => new Map(Object.entries(all)));

  it('gives back every file to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(files, async (given) => {
        const got = await readZip(writeZip(given));
        expect(new Map([...got].map(([name, bytes]) => [name, [...bytes]]))).toEqual(
          new Map([...given].map(([name, bytes]) => [name, [...bytes]])),
        );
      }),
    );
  });

  it('that is damaged is refused in its own words, or gives what was in it', async () => {
    const given = new Map([
      ['a.json', new TextEncoder().encode('{"a": 1}'.repeat(20))],
      ['b.bin', Uint8Array.from({ length: 200 }, (_, i) => (i * 37) % 256)],
    ]);
    await fc.assert(
      fc.asyncProperty(damaged(writeZip(given)), async (zip) => {
        const got = await readZip(zip).catch((error: unknown) => error);
        if (got instanceof Map) for (const bytes of got.values()) expect(bytes).toBeInstanceOf(Uint8Array);
        else expect(got).toBeInstanceOf(ZipError);
      }),
    );
  });
});

describe('a safetensors file', () => {
  const tensor = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      data: fc.float32Array({
        minLength: shape.reduce((a, b) => a * b, 1),
        maxLength: shape.reduce((a, b) => a * b, 1),
      }),
    }),
  );
  const tensors = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), tensor, { maxKeys: 4 });

  it('gives back every number to the bit, at any place in memory', () => {
    fc.assert(
      fc.property(tensors, fc.nat(3), (given, shift) => {
        const names = Object.keys(given).filter((name) => name !== '__metadata__');
        const file = serializeSafetensors(names.map((name) => [name, given[name]!]));
        const memory = new Uint8Array(file.length + shift);
        memory.set(file, shift);
        const got = parseSafetensors(memory.subarray(shift));
        expect([...got.keys()].sort()).toEqual(names.sort());
        for (const name of names) {
          expect([...got.get(name)!.shape]).toEqual(given[name]!.shape);
          expect(new Uint8Array(Float32Array.from(got.get(name)!.data).buffer)).toEqual(
            new Uint8Array(Float32Array.from(given[name]!.data).buffer),
          );
        }
      }),
    );
  });

  it('that is damaged is refused in its own words, or has tensors of the shapes it says', () => {
    const whole = serializeSafetensors([
      ['a', { shape: [2, 3], data: new Float32Array(6) }],
      ['b', { shape: [4], data: new Float32Array(4) }],
    ]);
    fc.assert(
      fc.property(damaged(whole), (file) => {
        const error = thrown(() => {
          for (const { shape, data } of parseSafetensors(file).values())
            expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        });
        if (error !== undefined) expect(error).toBeInstanceOf(SafetensorsError);
      }),
    );
  });
});

describe('the tokenizer', () => {
  const tokenizer = CLIPTokenizer.fromFiles({
    vocab: read('tokenizer/vocab.json'),
    merges: read('tokenizer/merges.txt'),
    config: read('tokenizer/tokenizer_config.json'),
  });
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(fc.constantFrom('a', 'face', ' ', '<|endoftext|>', "'s", '９', 'İ', '\u0301', '👩‍🚀'), {
        maxLength: 20,
      })
      .map((parts) => parts.join('')),
  );

  it('gives ids of the vocabulary, as many as asked for, begun and ended', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 80 }), (text, maxLength) => {
        const { ids, words, truncated } = tokenizer.encode(text, { maxLength });
        expect(ids).toHaveLength(maxLength);
        expect(ids[0]).toBe(tokenizer.bosTokenId);
        expect([...ids]).toContain(tokenizer.eosTokenId);
        for (const id of ids) expect(typeof tokenizer.tokenOf(id)).toBe('string');
        expect(truncated).toBe(words.reduce((sum, { tokenCount }) => sum + tokenCount, 0) > maxLength - 2);
      }),
    );
  });

  it('places words in the text, in order', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let [start, end] = [0, 0];
        for (const word of tokenizer.encode(text).words) {
          // Two may stand at one place: the small letter of İ is an i, and a dot of its own.
          expect(word.start).toBeGreaterThanOrEqual(start);
          expect(word.end).toBeGreaterThanOrEqual(Math.max(end, word.start));
          expect(word.text).toBe(text.slice(word.start, word.end));
          [start, end] = [word.start, word.end];
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('does not care for capitals, nor for more white space', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ]{0,40}$/), (text) => {
        const ids = [...tokenizer.encode(text).ids];
        expect([...tokenizer.encode(text.toUpperCase()).ids]).toEqual(ids);
        expect([...tokenizer.encode(` ${text.replaceAll(' ', ' \n\t ')} `).ids]).toEqual(ids);
      }),
    );
  });
});

describe('settings', () => {
  const parsers = {
    unet: parseUnetConfig,
    vae: parseVaeConfig,
    text_encoder: parseClipTextConfig,
    scheduler: parseSchedulerConfig,
  };
  const hostile = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(-1, 0, 0.5, 1e9, 2 ** 53, NaN, Infinity, '', '__proto__', [], [[]], {}, null, true),
  );

  it('as text are JSON with Python’s numbers, or refused as what they are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const error = thrown(() => parseConfigJson(text, 'x.json'));
        if (error !== undefined) expect(error).toBeInstanceOf(ConfigError);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseConfigJson(text, 'x.json')).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each(Object.entries(parsers))(
    'of %s: any value for any key is taken or refused by name',
    (part, parse) => {
      const text = part === 'scheduler' ? readFileSync(SCHEDULER, 'utf8') : read(`${part}/config.json`);
      const base = JSON.parse(text) as Record<string, unknown>;
      fc.assert(
        fc.property(fc.constantFrom(...Object.keys(base)), hostile, (key, value) => {
          const error = thrown(() => parse({ ...base, [key]: value }, 'x.json'));
          if (error !== undefined) expect(error).toBeInstanceOf(ConfigError);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('that are no object at all are refused by name', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        for (const parse of [...Object.values(parsers), parseModelIndex]) {
          const error = thrown(() => parse(value, 'x.json'));
          if (error !== undefined) expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe('the address of a figure', () => {
  it.each([...definitions.values()].map(({ number, fields }) => [number, fields] as const))(
    'of %s: whatever it says, values are usable, and written they are read again as they are',
    (number, fields) => {
      const value = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.integer().map(String),
        fc.double().map(String),
        fc.constantFrom('1e999', '-0', '0x10', '٣', '__proto__', '%', '&', '_'.repeat(50), '1_2_3_4_5_6'),
      );
      const query = fc.dictionary(fc.constantFrom(...Object.keys(fields)), value, { noNullPrototype: true });
      fc.assert(
        fc.property(query, (given) => {
          const search = new URLSearchParams(
            Object.entries(given).flatMap(([name, text]) => [
              [name, text],
              [`${number}.${name}`, text],
            ]),
          );
          const first = readFigure(`?${search.toString()}`, number, fields);
          const values = Object.fromEntries(
            Object.entries(fields).map(([name, { fallback }]) => [name, first.given[name] ?? fallback]),
          );
          const again = readFigure(writeFigure('', number, fields, values, { all: true }), number, fields);
          for (const [name, before] of Object.entries(first.given)) {
            expect(again.given[name], `${name}, read again`).toEqual(before);
          }
        }),
      );
    },
  );
});
