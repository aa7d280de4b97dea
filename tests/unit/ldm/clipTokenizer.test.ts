// The tokenizer against transformers' (tests/fixtures/make_tokenizer.py), its speed, its errors.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLIPTokenizer, TokenizerError } from '../../../src/lib/ldm/tokenizer/clipTokenizer.ts';
import { normalizeText } from '../../../src/lib/ldm/tokenizer/normalize.ts';

interface Case {
  readonly text: string;
  readonly ids: number[];
  readonly tokens: string[];
}

const fixtures = new URL('../../fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, fixtures), 'utf8');
const vocab = read('diffusers-tiny/tokenizer/vocab.json');
const merges = read('diffusers-tiny/tokenizer/merges.txt');
const config = read('diffusers-tiny/tokenizer/tokenizer_config.json');
const tokenizer = CLIPTokenizer.fromFiles({ vocab, merges, config });

describe('as transformers', () => {
  const reference = JSON.parse(read('diffusers-tiny/tokenizer-reference.json')) as {
    maxLength: number;
    cases: Case[];
  };
  test.each(reference.cases)('the reference text $text', ({ text, ids, tokens }) => {
    const encoding = tokenizer.encode(text, { maxLength: reference.maxLength });
    expect([...encoding.ids]).toEqual(ids);
    expect(encoding.tokens).toEqual(tokens);
  });

  const { variants } = JSON.parse(read('tokenizer/cases.json')) as {
    variants: Record<string, { config: Record<string, unknown>; cases: Case[] }>;
  };
  test.each(Object.entries(variants))('all texts of the variant %s', (_, variant) => {
    const changed = { ...(JSON.parse(config) as object), ...variant.config };
    const ours = CLIPTokenizer.fromFiles({ vocab, merges, config: JSON.stringify(changed) });
    expect(variant.cases.length).toBeGreaterThan(5);
    for (const { text, ids, tokens } of variant.cases) {
      const encoding = ours.encode(text);
      expect({ text, ids: [...encoding.ids], tokens: encoding.tokens }).toEqual({ text, ids, tokens });
      expect(encoding.truncated).toBe(tokens.length > ids.length - 2);
    }
  });
});

describe('words', () => {
  test('stand in the text where they are, with their tokens', () => {
    const text = 'A  Smiling\tCAFE\u0301 <|endoftext|>it\u2019s 12!';
    const { words, tokens } = tokenizer.encode(text);
    expect(words.map((word) => word.text)).toEqual([
      'A',
      'Smiling',
      'CAFE\u0301',
      '<|endoftext|>',
      'it',
      '\u2019',
      's',
      '1',
      '2',
      '!',
    ]);
    for (const word of words) expect(text.slice(word.start, word.end)).toBe(word.text);
    for (const word of words) expect(word.ids.length).toBe(word.tokenCount);
    expect(words.flatMap((word) => word.ids).map((id) => tokenizer.tokenOf(id))).toEqual(tokens);
  });

  test('composed characters map back to all that they were made of', () => {
    const text = 'x \u1100\u1161\u11a8\u1112 y';
    const { words } = tokenizer.encode(text);
    expect(words.map(({ start, end }) => [start, end])).toEqual([
      [0, 1],
      [2, 6],
      [7, 8],
    ]);
  });

  test('normalising piece by piece is normalising the whole', () => {
    const { variants } = JSON.parse(read('tokenizer/cases.json')) as {
      variants: { plain: { cases: Case[] } };
    };
    for (const { text } of variants.plain.cases) {
      const composed = text.normalize('NFC').replace(/[\t-\r\x85\p{Z}]+/gu, ' ');
      const whole = Array.from(composed, (char) => char.toLowerCase()).join('');
      expect(normalizeText(text, 0).text).toBe(whole);
    }
  });

  test('lone surrogates count as replacement characters', () => {
    expect(tokenizer.encode('a \ud83d b').tokens).toEqual(tokenizer.encode('a \ufffd b').tokens);
  });
});

describe('padding and cutting', () => {
  test('an empty text', () => {
    const { ids, tokens, truncated, words } = tokenizer.encode('', { maxLength: 4 });
    const { bosTokenId, eosTokenId, padTokenId } = tokenizer;
    expect([...ids]).toEqual([bosTokenId, eosTokenId, padTokenId, padTokenId]);
    expect({ tokens, truncated, words }).toEqual({ tokens: [], truncated: false, words: [] });
  });

  test('a text that just fits, and one that does not', () => {
    const five = 'a face a face a';
    expect(tokenizer.encode(five, { maxLength: 7 }).truncated).toBe(false);
    const cut = tokenizer.encode(five, { maxLength: 6 });
    expect(cut.truncated).toBe(true);
    expect(cut.ids.length).toBe(6);
    expect(cut.ids[5]).toBe(tokenizer.eosTokenId);
    expect(cut.tokens.length).toBe(5);
  });

  test.each([1, 0, 2.5, Number.NaN])('refuses a length of %d', (maxLength) => {
    expect(() => tokenizer.encode('a', { maxLength })).toThrow('maxLength: expected a whole number from 2');
  });

  test('the default length is the folder\u2019s, else CLIP\u2019s', () => {
    expect(tokenizer.modelMaxLength).toBe(24);
    expect(CLIPTokenizer.fromFiles({ vocab, merges }).modelMaxLength).toBe(77);
    const unlimited = CLIPTokenizer.fromFiles({ vocab, merges, config: '{"model_max_length":1e30}' });
    expect(unlimited.modelMaxLength).toBe(77);
  });
});

describe('long texts are quick', () => {
  const length = 100_000;
  test.each([
    ['one word', 'a'.repeat(length)],
    ['one word of many merges', 'smiling'.repeat(length / 7)],
    ['many words', 'smiling face, '.repeat(length / 14)],
    ['accents', 'é'.repeat(length)],
    ['combining marks on one letter', `e${'\u0301'.repeat(length)}`],
    ['emoji', '😀'.repeat(length / 2)],
    ['white space', ' \n'.repeat(length / 2)],
    ['punctuation', '!'.repeat(length)],
    ['apostrophes', "'".repeat(length)],
    ['special tokens', '<|endoftext|>'.repeat(length / 13)],
    ['almost special tokens', '<|endoftext|'.repeat(length / 12)],
    ['Hangul jamo', '\u1100\u1161'.repeat(length / 2)],
  ])('%s', (_, text) => {
    const before = process.cpuUsage();
    tokenizer.encode(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(1.5);
  });
});

describe('added words', () => {
  const micro = (file: string): string => read(`micro/tokenizer/${file}`);
  const files = {
    vocab: micro('vocab.json'),
    merges: micro('merges.txt'),
    config: micro('tokenizer_config.json'),
  };
  type Files = Parameters<typeof CLIPTokenizer.fromFiles>[0];
  const token = { content: '<my-cat>', lstrip: false, rstrip: false, single_word: false, normalized: true };
  const changed = (file: string, change: (json: Record<string, unknown>) => object): string => {
    const json = JSON.parse(micro(file)) as Record<string, unknown>;
    return JSON.stringify({ ...json, ...change(json) });
  };
  const decoder = (flags: object): Files => ({
    ...files,
    config: changed('tokenizer_config.json', () => ({
      added_tokens_decoder: { 554: { ...token, ...flags } },
    })),
  });
  const tokenizerJson = (added: readonly object[] = []): string =>
    changed('tokenizer.json', (json) => ({
      added_tokens: [...(json['added_tokens'] as object[]), ...added],
    }));
  const inside = (given: Files, text: string): number[] => {
    const made = CLIPTokenizer.fromFiles(given);
    return made.encode(text).words.flatMap(({ ids }) => [...ids]);
  };
  const split = [320, 283, 76, 344, 268, 66, 64, 339, 285, 343];

  // The ids are those of transformers 5 for the same files.
  test.each<[string, Files, boolean]>([
    ['added_tokens.json', { ...files, addedTokens: '{"<my-cat>":554}' }, true],
    ['tokenizer_config.json', decoder({}), true],
    ['tokenizer_config.json, as written', decoder({ normalized: false }), false],
    [
      'tokenizer.json alone',
      { config: files.config, tokenizerJson: tokenizerJson([{ id: 554, ...token }]) },
      true,
    ],
    [
      'a stale tokenizer.json and added_tokens.json',
      { ...files, tokenizerJson: tokenizerJson(), addedTokens: '{"<my-cat>":554}' },
      true,
    ],
    [
      'added_tokens.json, named special',
      {
        ...files,
        addedTokens: '{"<my-cat>":554}',
        specialTokensMap: '{"additional_special_tokens":["<my-cat>"]}',
      },
      false,
    ],
  ])('%s', (_, given, anyCase) => {
    expect(inside(given, 'a <my-cat> x')).toEqual([320, 554, 343]);
    expect(inside(given, 'a <My-Cat>x')).toEqual(anyCase ? [320, 554, 343] : split);
    const made = CLIPTokenizer.fromFiles(given);
    expect(made.tokenOf(554)).toBe('<my-cat>');
    expect(made.vocabSize).toBe(555);
  });

  test('the longest of several that begin together', () => {
    const given = { ...files, addedTokens: '{"<cat>":554,"<cat>_1":555,"sks":556,"":557}' };
    expect(inside(given, '<cat>_1<cat> SKS')).toEqual([555, 554, 556]);
  });

  test('tokenizer.json in place of vocab.json and merges.txt reads the same', () => {
    const text = 'A smiling person, zebra <|endoftext|> 12';
    const expected = inside(files, text);
    expect(inside({ config: files.config, tokenizerJson: tokenizerJson() }, text)).toEqual(expected);
    const asText = changed('tokenizer.json', ({ model }) => {
      const { merges: pairs, ...rest } = model as { merges: string[][] };
      return { model: { ...rest, merges: pairs.map((pair) => pair.join(' ')) } };
    });
    expect(inside({ config: files.config, tokenizerJson: asText }, text)).toEqual(expected);
  });

  test.each<[string, Files, RegExp]>([
    ['no vocabulary', { config: files.config }, /^vocab\.json: expected this file, or tokenizer\.json/],
    [
      'another kind of tokenizer.json',
      { tokenizerJson: '{"model":{"type":"Unigram"}}' },
      /^tokenizer\.json: model\.type: expected "BPE".*got "Unigram"/,
    ],
    [
      'a tokenizer.json of GPT-2',
      { tokenizerJson: '{"model":{"type":"BPE","end_of_word_suffix":null}}' },
      /^tokenizer\.json: model\.end_of_word_suffix: expected "<\/w>".*got null/,
    ],
    [
      'half a tokenizer.json',
      { tokenizerJson: '{}' },
      /^tokenizer\.json: model: expected an object.*got nothing/,
    ],
    [
      'a word with two ids',
      { ...decoder({}), addedTokens: '{"<my-cat>":555}' },
      /^added_tokens\.json: "<my-cat>": expected .*"<my-cat>" is 554, got 555/,
    ],
    [
      'an id of two words',
      { ...files, addedTokens: '{"<my-cat>":320}' },
      /^added_tokens\.json: "<my-cat>": expected an id of its own.* 320, which is "a<\/w>"/,
    ],
    ['a word without an id', { ...files, addedTokens: '{"<my-cat>":"x"}' }, /expected a token and its id/],
    [
      'a word that nobody gives an id',
      { ...files, specialTokensMap: '{"additional_special_tokens":["<dog>"]}' },
      /^vocab\.json: expected the additional_special_tokens "<dog>", got none/,
    ],
    [
      '200,000 words',
      {
        ...files,
        addedTokens: JSON.stringify(
          Object.fromEntries(Array.from({ length: 200_000 }, (__, i) => [`<${i}>`, 1000 + i])),
        ),
      },
      /^added_tokens\.json: .*at most 10000 added tokens, got more/,
    ],
  ])('%s: refused', (_, given, reason) => {
    expect(() => CLIPTokenizer.fromFiles(given)).toThrow(reason);
  });
});

describe('refuses damaged files', () => {
  const broken = (files: Partial<Parameters<typeof CLIPTokenizer.fromFiles>[0]>) => () =>
    CLIPTokenizer.fromFiles({ vocab, merges, config, ...files });
  const small = (changes: object): string => JSON.stringify({ ...(JSON.parse(vocab) as object), ...changes });

  test.each([
    ['vocab.json that is not JSON', { vocab: vocab.slice(0, 500) }, /^vocab\.json: expected JSON/],
    ['vocab.json that is a list', { vocab: '["a"]' }, /^vocab\.json: expected a JSON object/],
    ['an empty vocab.json', { vocab: '{}' }, /^vocab\.json: expected tokens, got none/],
    [
      'an id that is text',
      { vocab: small({ x: '7' }) },
      /^vocab\.json: "x": expected a whole number from 0, got "7"/,
    ],
    [
      'a negative id',
      { vocab: small({ x: -1 }) },
      /^vocab\.json: "x": expected a whole number from 0, got -1/,
    ],
    [
      'an id for two tokens',
      { vocab: small({ zzz: 0 }) },
      /^vocab\.json: expected every id once, got 0 for "!" and "zzz"/,
    ],
    [
      'vocab.json without the end token',
      { vocab: '{"a":0,"<|startoftext|>":1}' },
      /^vocab\.json: expected the eos_token "<\|endoftext\|>", got none/,
    ],
    [
      'merges.txt of unknown tokens',
      { merges: '#version: 0.2\nqq zz\n' },
      /^merges\.txt: line 2, "qq zz": vocab\.json has no "qq"/,
    ],
    [
      'merges.txt with three parts',
      { merges: 'a b c' },
      /^merges\.txt: line 1, "a b c": expected two tokens/,
    ],
    ['merges.txt of one part', { merges: 'i n\na' }, /^merges\.txt: line 2, "a": expected two tokens/],
    [
      'merges.txt that is an error page',
      { merges: '<html>\n<body>' },
      /^merges\.txt: line 1, "<html>": expected two tokens/,
    ],
    [
      'bytes that are not text',
      { merges: Uint8Array.of(0x69, 0xff) },
      /^merges\.txt: expected text in UTF-8/,
    ],
    [
      'another tokenizer',
      { config: '{"tokenizer_class":"T5Tokenizer"}' },
      /^tokenizer_config\.json: tokenizer_class: expected "CLIPTokenizer".*got "T5Tokenizer"/,
    ],
    [
      'padding on the left',
      { config: '{"padding_side":"left"}' },
      /^tokenizer_config\.json: padding_side: expected "right", got "left"/,
    ],
    [
      'a length of nothing',
      { config: '{"model_max_length":1}' },
      /^tokenizer_config\.json: model_max_length/,
    ],
    [
      'a special token that is a number',
      { config: '{"bos_token":7}' },
      /^tokenizer_config\.json: bos_token: expected a token, got 7/,
    ],
    [
      'an unknown special token',
      { config: '{"pad_token":"[PAD]"}' },
      /^vocab\.json: expected the pad_token "\[PAD\]"/,
    ],
    [
      'an added token under another id',
      { config: '{"added_tokens_decoder":{"5":{"content":"<|endoftext|>"}}}' },
      /^tokenizer_config\.json: added_tokens_decoder, 5/,
    ],
    [
      'a stripping token',
      { config: '{"eos_token":{"content":"<|endoftext|>","lstrip":true}}' },
      /"lstrip" false, got true/,
    ],
  ])('%s', (_, files, reason) => {
    expect(broken(files)).toThrow(TokenizerError);
    expect(broken(files)).toThrow(reason);
  });

  test('bytes that the vocabulary lacks become the unknown token', () => {
    const tiny = CLIPTokenizer.fromFiles({
      vocab: '{"a":0,"a</w>":1,"<|startoftext|>":2,"<|endoftext|>":3}',
      merges: '#version: 0.2\n',
    });
    expect(tiny.encode('aba').tokens).toEqual(['a', '<|endoftext|>', 'a</w>']);
  });
});
