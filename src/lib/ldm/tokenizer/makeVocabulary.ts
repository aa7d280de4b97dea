// The files of a CLIPTokenizer in which every given word is one token, for a model that is trained from nothing. Merges
// are learned from the words as byte-pair encoding learns them (Sennrich et al. 2016, algorithm 1), to the end.
import { mergeSymbols, pairKey, type Merge } from './bpe.ts';
import { byteCharacters } from './byteLevel.ts';
import { normalizeText } from './normalize.ts';
import { TokenizerError } from './vocabulary.ts';

/** File names of a tokenizer folder, and what the files hold. */
export interface VocabularyFiles {
  readonly vocab: string;
  readonly merges: string;
  readonly config: string;
  readonly specialTokensMap: string;
}

export const VOCABULARY_FILE_NAMES: Readonly<Record<keyof VocabularyFiles, string>> = {
  vocab: 'vocab.json',
  merges: 'merges.txt',
  config: 'tokenizer_config.json',
  specialTokensMap: 'special_tokens_map.json',
};

export interface MadeVocabulary {
  /** `CLIPTokenizer.fromFiles(files)` takes them as they are. */
  readonly files: VocabularyFiles;
  /** One more than the greatest id: rows of the token embedding. */
  readonly vocabSize: number;
  readonly bosTokenId: number;
  /** The end; it also pads, and stands for characters that the vocabulary lacks, as in Stable Diffusion. */
  readonly eosTokenId: number;
  readonly padTokenId: number;
}

/** Longer than any word; a limit against hostile folder names. */
const MAX_WORD_BYTES = 128;
/** Words of a vocabulary at most. */
export const MAX_WORDS = 4000;

const BOS = '<|startoftext|>';
const EOS = '<|endoftext|>';

/** Printable ASCII as it is after lower-casing: unknown words fall apart into these. */
const alphabet = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i)).filter(
  (character) => character === character.toLowerCase(),
);

/** Symbols with their ids, in order of appearance. */
class Symbols {
  readonly names: string[] = [];
  readonly #ids = new Map<string, number>();

  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#ids.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

/** CLIP splits a text into runs of letters, single digits, and runs of the rest: a word must be one such piece. */
function checkWord(word: string): void {
  const fail = (reason: string): never => {
    throw new TokenizerError('vocab.json', `word ${JSON.stringify(word.slice(0, 60))}: ${reason}`);
  };
  if (!/^(\p{L}+|\p{N})$/u.test(word)) fail('expected letters only, or one digit; split it before');
  if (normalizeText(word, 0).text !== word) fail('expected lower case in Unicode NFC');
  if (byteCharacters(word).length > MAX_WORD_BYTES) fail(`expected at most ${MAX_WORD_BYTES} bytes`);
}

const toSymbols = (word: string): string[] => {
  const characters = byteCharacters(word);
  return characters.map((character, i) => (i === characters.length - 1 ? `${character}</w>` : character));
};

/**
 * Learns merges until every word is one symbol. Each round merges the pair that most words contain, and writes these
 * words anew with all merges so far, lowest rank first: just what the tokenizer does, so that it cannot end elsewhere.
 * @returns the merges in order of rank; `symbols` gains what they make
 */
function learnMerges(words: readonly string[], symbols: Symbols): [left: number, right: number][] {
  const spelled = words.map((word) => toSymbols(word).map((symbol) => symbols.id(symbol)));
  const written = spelled.map((word) => [...word]);
  const table = new Map<number, Merge>();
  const learned: [number, number][] = [];
  /** For each pair, the words that contain it now. */
  const pairs = new Map<
    number,
    { readonly left: number; readonly right: number; readonly words: Set<number> }
  >();
  const enter = (index: number): void => {
    const word = written[index] ?? [];
    for (let i = 0; i + 1 < word.length; i++) {
      const [left, right] = [word[i]!, word[i + 1]!];
      const key = pairKey(left, right);
      const entry = pairs.get(key);
      if (entry === undefined) pairs.set(key, { left, right, words: new Set([index]) });
      else entry.words.add(index);
    }
  };
  const leave = (index: number): void => {
    const word = written[index] ?? [];
    for (let i = 0; i + 1 < word.length; i++) {
      const key = pairKey(word[i]!, word[i + 1]!);
      const entry = pairs.get(key);
      entry?.words.delete(index);
      if (entry?.words.size === 0) pairs.delete(key);
    }
  };
  written.forEach((_, index) => enter(index));
  while (pairs.size > 0) {
    let best: { left: number; right: number; words: Set<number> } | undefined;
    for (const entry of pairs.values()) {
      // Of equals the one that was known first: ids grow with time, so the result depends on the words alone.
      const more = best === undefined ? 1 : entry.words.size - best.words.size;
      const earlier = best === undefined ? 0 : best.left - entry.left || best.right - entry.right;
      if (more > 0 || (more === 0 && earlier > 0)) best = entry;
    }
    if (best === undefined) break;
    const { left, right } = best;
    const id = symbols.id(`${symbols.names[left] ?? ''}${symbols.names[right] ?? ''}`);
    table.set(pairKey(left, right), { rank: learned.length, id });
    learned.push([left, right]);
    for (const index of [...best.words]) {
      leave(index);
      written[index] = mergeSymbols(spelled[index] ?? [], table);
      enter(index);
    }
  }
  return learned;
}

/**
 * A vocabulary of single characters, the given words, and the pieces that their merges need.
 *
 * @param words lower case, letters only or one digit (`captionWords` of src/datasets/words.ts makes such); order and
 *   repetition are of no matter. At most {@link MAX_WORDS}.
 * @param options `modelMaxLength`: longest sequence, begin and end included, 2 or more
 * @returns the same files for the same words, whatever their order
 * @throws TokenizerError when a word would not be one token; RangeError for too many words or a length below 2
 */
export function makeVocabulary(
  words: readonly string[],
  { modelMaxLength }: { readonly modelMaxLength: number },
): MadeVocabulary {
  if (!Number.isSafeInteger(modelMaxLength) || modelMaxLength < 2) {
    throw new RangeError(`makeVocabulary: expected a modelMaxLength from 2, got ${modelMaxLength}.`);
  }
  const all = [...new Set(words)].sort();
  if (all.length > MAX_WORDS) {
    throw new RangeError(
      `makeVocabulary: expected at most ${MAX_WORDS} words, got ${all.length}; use fewer.`,
    );
  }
  all.forEach(checkWord);
  const bytes = new Set([...alphabet, ...all.flatMap(byteCharacters)]);
  const symbols = new Symbols();
  for (const byte of bytes) symbols.id(byte);
  for (const byte of bytes) symbols.id(`${byte}</w>`);
  const merges = learnMerges(all, symbols).map(
    ([left, right]) => `${symbols.names[left] ?? ''} ${symbols.names[right] ?? ''}`,
  );
  const bosTokenId = symbols.id(BOS);
  const eosTokenId = symbols.id(EOS);
  const special = { bos_token: BOS, eos_token: EOS, pad_token: EOS, unk_token: EOS };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return {
    files: {
      vocab: json(Object.fromEntries(symbols.names.map((name, id) => [name, id]))),
      merges: `${['#version: 0.2', ...merges].join('\n')}\n`,
      config: json({
        ...special,
        do_lower_case: true,
        model_max_length: modelMaxLength,
        tokenizer_class: 'CLIPTokenizer',
      }),
      specialTokensMap: json(special),
    },
    vocabSize: symbols.names.length,
    bosTokenId,
    eosTokenId,
    padTokenId: eosTokenId,
  };
}
