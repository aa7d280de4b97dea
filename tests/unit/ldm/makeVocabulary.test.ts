// Vocabularies made for a training run, against transformers' CLIPTokenizer (tests/fixtures/make_vocabulary.py).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { knownWords } from '../../../src/datasets/captions.ts';
import { factWords } from '../../../src/datasets/facts.ts';
import { captionWords } from '../../../src/datasets/words.ts';
import { CLIPTokenizer, TokenizerError } from '../../../src/lib/ldm/tokenizer/clipTokenizer.ts';
import { makeVocabulary, MAX_WORDS } from '../../../src/lib/ldm/tokenizer/makeVocabulary.ts';

interface Made {
  readonly words: string[];
  readonly length: number;
  readonly vocabSize: number;
  readonly sha256: Record<string, string>;
  readonly cases: { readonly text: string; readonly ids: number[]; readonly tokens: string[] }[];
}
const path = new URL('../../fixtures/tokenizer/made.json', import.meta.url);
const { sets } = JSON.parse(readFileSync(path, 'utf8')) as { sets: Record<string, Made> };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('as transformers opens it', () => {
  test.each(Object.entries(sets))('%s', (_, { words, length, vocabSize, sha256: sums, cases }) => {
    const made = makeVocabulary(words, { modelMaxLength: length });
    const { vocab, merges, config, specialTokensMap } = made.files;
    expect({
      vocab: sha256(vocab),
      merges: sha256(merges),
      config: sha256(config),
      specialTokensMap: sha256(specialTokensMap),
    }).toEqual(sums);
    expect(made.vocabSize).toBe(vocabSize);
    const tokenizer = CLIPTokenizer.fromFiles(made.files);
    expect(tokenizer.vocabSize).toBe(vocabSize);
    expect(tokenizer.bosTokenId).toBe(made.bosTokenId);
    expect(tokenizer.eosTokenId).toBe(made.eosTokenId);
    expect(tokenizer.padTokenId).toBe(made.padTokenId);
    expect(cases.length).toBeGreaterThan(40);
    for (const { text, ids, tokens } of cases) {
      const encoding = tokenizer.encode(text);
      expect({ text, ids: [...encoding.ids], tokens: encoding.tokens }).toEqual({ text, ids, tokens });
    }
    for (const word of words) expect(tokenizer.encode(word).tokens).toEqual([toToken(word)]);
  });

  test('the sets are those of the site', () => {
    expect(sets['facts']?.words).toEqual(factWords);
    expect(sets['captions']?.words).toEqual(knownWords);
  });
});

/** As the vocabulary writes a word: a character for each byte. */
const toToken = (word: string): string =>
  CLIPTokenizer.fromFiles(makeVocabulary([word], { modelMaxLength: 4 }).files)
    .encode(word)
    .tokens.join('');

describe('vocabularies', () => {
  test('are the same for the same words, whatever their order and number', () => {
    const words = ['tea', 'eat', 'ate', 'tee'];
    const once = makeVocabulary(words, { modelMaxLength: 6 });
    expect(makeVocabulary([...words, ...words].reverse(), { modelMaxLength: 6 })).toEqual(once);
  });

  test('unknown words fall apart into what is known, other alphabets into unknown tokens', () => {
    const tokenizer = CLIPTokenizer.fromFiles(makeVocabulary(['hat'], { modelMaxLength: 9 }).files);
    expect(tokenizer.encode('Hut, hat').tokens).toEqual(['h', 'u', 't</w>', ',</w>', 'hat</w>']);
    expect(tokenizer.encode('ж').ids[1]).toBe(tokenizer.eosTokenId);
  });

  test.each([
    ['t-shirt', /expected letters only/],
    ['a1', /expected letters only/],
    ['12', /expected letters only/],
    ['', /expected letters only/],
    ['two words', /expected letters only/],
    ['Hat', /expected lower case/],
    ['e\u0301t', /expected letters only/],
    ['\u212b', /expected lower case in Unicode NFC/],
    ['a'.repeat(200), /expected at most 128 bytes/],
  ])('refuse %j', (word, reason) => {
    expect(() => makeVocabulary([word], { modelMaxLength: 8 })).toThrow(TokenizerError);
    expect(() => makeVocabulary([word], { modelMaxLength: 8 })).toThrow(reason);
  });

  test('refuse too many words and a length without room', () => {
    const letters = 'abcdefghijklmnop';
    const many = Array.from({ length: MAX_WORDS + 1 }, (_, i) =>
      Array.from({ length: 4 }, (_unused, k) => letters[(i >> (4 * k)) & 15]).join(''),
    );
    expect(() => makeVocabulary(many, { modelMaxLength: 8 })).toThrow(/at most 4000 words, got 4001/);
    expect(() => makeVocabulary([], { modelMaxLength: 1 })).toThrow(RangeError);
  });

  test('of 1,000 long random words are made within seconds', () => {
    const words = Array.from({ length: 1000 }, (_, i) =>
      sha256(`${i}`).replace(/\d/g, '').padEnd(12, 'x').slice(0, 30),
    );
    const made = makeVocabulary(words, { modelMaxLength: 8 });
    const tokenizer = CLIPTokenizer.fromFiles(made.files);
    for (const word of words) expect(tokenizer.encode(word).tokens).toHaveLength(1);
  }, 20_000);
});

test('words of captions are words of a vocabulary', () => {
  const text = 'A T-shirt, ÉTÉ 2026; ΣΊΣΥΦΟΣ e\u0301 猫が';
  const words = captionWords(text);
  expect(words).toContain('été');
  expect(words).toContain('σίσυφοσ');
  const tokenizer = CLIPTokenizer.fromFiles(makeVocabulary(words, { modelMaxLength: 40 }).files);
  const pieces = tokenizer.encode(text).words.filter(({ text: piece }) => /^[\p{L}\p{N}]/u.test(piece));
  expect(pieces.map(({ tokenCount }) => tokenCount)).toEqual(words.map(() => 1));
  // Letters that fall apart in lower case, marks without a letter, halves of pairs.
  for (const odd of ['İzmir', '\u0301a\u0301\u0301', 'ﬁ ǅ', 'a\ud800b', 'हिन्दी']) {
    expect(() => makeVocabulary(captionWords(odd), { modelMaxLength: 8 }), odd).not.toThrow();
  }
});
