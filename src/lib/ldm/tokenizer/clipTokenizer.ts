// CLIPTokenizer: text to token ids, exactly as transformers 5 does it (a byte-level BPE, Radford et al. 2021).
// Special tokens are cut out first; the rest is normalised (NFC, single spaces, lower case), split into words,
// each word written as bytes, and the bytes merged by the learned merges; a word's last symbol carries "</w>".
import { mergeSymbols, type MergeTable } from './bpe.ts';
import { byteCharacters } from './byteLevel.ts';
import { normalizeText, type NormalizedText } from './normalize.ts';
import {
  readJsonObject,
  readMerges,
  readSpecialTokens,
  readVocabulary,
  TokenizerError,
  type FileContent,
  type SpecialToken,
  type SpecialTokens,
  type Vocabulary,
} from './vocabulary.ts';

export { TokenizerError } from './vocabulary.ts';

/** The files of a tokenizer folder: their bytes or texts. */
export interface TokenizerFiles {
  readonly vocab: FileContent;
  readonly merges: FileContent;
  /** tokenizer_config.json */
  readonly config?: FileContent | undefined;
  /** special_tokens_map.json, for what tokenizer_config.json leaves open. */
  readonly specialTokensMap?: FileContent | undefined;
}

/** A stretch of the text that was tokenised by itself: letters, one digit, punctuation, or a special token. */
export interface TokenizedWord {
  /** As written in the text. */
  readonly text: string;
  /** Code unit offsets in the text, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly tokenCount: number;
  readonly ids: readonly number[];
}

export interface Encoding {
  /** Begin token, the text's tokens, end token, padding: maxLength ids. */
  readonly ids: Int32Array;
  /** Tokens of the whole text as the vocabulary writes them, without begin, end and padding; never cut. */
  readonly tokens: string[];
  /** True when the text had more tokens than fit. */
  readonly truncated: boolean;
  /** The whole text's words, in order. Word i's first token follows the tokens of the words before it. */
  readonly words: TokenizedWord[];
}

/** Length of CLIP's own text encoder, for folders that do not say. */
const CLIP_LENGTH = 77;

/** Words as CLIP splits them. White space as in White_Space: see normalize.ts. */
const wordPattern =
  /<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\t-\r\x85\p{Z}\p{L}\p{N}]+/gu;
/** The byte level splits once more, as GPT-2 does; it matters for special tokens written in capitals. */
const piecePattern = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}+|[^\t-\r\x85\p{Z}\p{L}\p{N}]+/gu;

/** Distinct words whose tokens are remembered. */
const CACHE_LIMIT = 10_000;

export class ClipTokenizer {
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
  /** Stands for bytes that the vocabulary lacks. */
  readonly unkTokenId: number;
  /** Longest sequence, begin and end tokens included. */
  readonly modelMaxLength: number;
  /** One more than the greatest id. */
  readonly vocabSize: number;
  private readonly vocabulary: Vocabulary;
  private readonly merges: MergeTable;
  private readonly special: SpecialTokens;
  private readonly cache = new Map<string, readonly number[]>();

  private constructor(
    vocabulary: Vocabulary,
    merges: MergeTable,
    special: SpecialTokens,
    modelMaxLength: number,
  ) {
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.special = special;
    this.bosTokenId = special.bosTokenId;
    this.eosTokenId = special.eosTokenId;
    this.padTokenId = special.padTokenId;
    this.unkTokenId = special.unkTokenId;
    this.modelMaxLength = modelMaxLength;
    this.vocabSize = Math.max(...special.all.map(({ id }) => id), maximum(vocabulary.tokens.keys())) + 1;
  }

  /** @throws TokenizerError naming the file, what was expected and what came. */
  static fromFiles(files: TokenizerFiles): ClipTokenizer {
    const vocabulary = readVocabulary(files.vocab);
    const config = files.config === undefined ? {} : readJsonObject('tokenizer_config.json', files.config);
    const map =
      files.specialTokensMap === undefined
        ? {}
        : readJsonObject('special_tokens_map.json', files.specialTokensMap);
    const only = (key: string, allowed: readonly unknown[]): void => {
      const value = config[key] ?? allowed[0];
      if (!allowed.includes(value)) {
        const reason = `${key}: expected ${allowed.map((item) => JSON.stringify(item)).join(' or ')}, got ${JSON.stringify(value)}`;
        throw new TokenizerError('tokenizer_config.json', reason);
      }
    };
    only('tokenizer_class', ['CLIPTokenizer', 'CLIPTokenizerFast', 'TokenizersBackend']);
    only('padding_side', ['right']);
    only('truncation_side', ['right']);
    const length = config['model_max_length'] ?? CLIP_LENGTH;
    if (typeof length !== 'number' || !(length >= 2)) {
      const reason = `model_max_length: expected a number from 2, got ${JSON.stringify(length)}`;
      throw new TokenizerError('tokenizer_config.json', reason);
    }
    const special = readSpecialTokens(config, map, vocabulary);
    // transformers writes 1e30 for "no limit".
    const modelMaxLength = length > 1e6 ? CLIP_LENGTH : Math.floor(length);
    return new ClipTokenizer(vocabulary, readMerges(files.merges, vocabulary), special, modelMaxLength);
  }

  /** Token ids of a text, cut or padded to `maxLength` (default modelMaxLength; at least 2). */
  encode(text: string, options: { readonly maxLength?: number | undefined } = {}): Encoding {
    const maxLength = options.maxLength ?? this.modelMaxLength;
    if (!Number.isSafeInteger(maxLength) || maxLength < 2) {
      throw new RangeError(`maxLength: expected a whole number from 2, got ${maxLength}.`);
    }
    const words = this.words(text);
    const all = words.flatMap(({ ids }) => ids);
    const room = maxLength - 2;
    const kept = all.slice(0, room);
    const ids = new Int32Array(maxLength).fill(this.padTokenId);
    ids.set([this.bosTokenId, ...kept, this.eosTokenId]);
    return { ids, tokens: all.map((id) => this.tokenOf(id)), truncated: all.length > room, words };
  }

  /** How the vocabulary writes a token, such as "face</w>". */
  tokenOf(id: number): string {
    const token = this.vocabulary.tokens.get(id) ?? this.special.all.find((item) => item.id === id)?.content;
    if (token === undefined) throw new RangeError(`Expected the id of a token, got ${id}.`);
    return token;
  }

  private words(text: string): TokenizedWord[] {
    const words: TokenizedWord[] = [];
    const add = (start: number, end: number, ids: readonly number[]): void => {
      words.push({ text: text.slice(start, end), start, end, tokenCount: ids.length, ids });
    };
    const [asWritten, inNormalized] = [false, true].map((flag) =>
      this.special.all.filter(({ normalized }) => normalized === flag),
    );
    for (const part of splitAt(text, asWritten ?? [])) {
      if (part.special) {
        add(part.start, part.end, [part.special.id]);
        continue;
      }
      const normal = normalizeText(text.slice(part.start, part.end), part.start);
      const span = (from: number, to: number): [number, number] => spanOf(normal, from, to);
      for (const piece of splitAt(normal.text, normalizedContents(inNormalized ?? []))) {
        if (piece.special) {
          add(...span(piece.start, piece.end), [piece.special.id]);
          continue;
        }
        for (const found of normal.text.slice(piece.start, piece.end).matchAll(wordPattern)) {
          for (const inner of found[0].matchAll(piecePattern)) {
            const from = piece.start + found.index + inner.index;
            add(...span(from, from + inner[0].length), this.wordIds(inner[0]));
          }
        }
      }
    }
    return words;
  }

  private wordIds(word: string): readonly number[] {
    const cached = this.cache.get(word);
    if (cached) return cached;
    const characters = byteCharacters(word);
    const symbols = characters.map((character, i) => {
      const symbol = i === characters.length - 1 ? `${character}</w>` : character;
      return this.vocabulary.ids.get(symbol) ?? this.unkTokenId;
    });
    const ids = mergeSymbols(symbols, this.merges);
    // Long words are rare and would fill the cache.
    if (word.length <= 64 && this.cache.size < CACHE_LIMIT) this.cache.set(word, ids);
    return ids;
  }
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly special?: SpecialToken;
}

/** Cuts the special tokens out of a text; of two that start together, the longer one counts. */
function splitAt(text: string, special: readonly SpecialToken[]): Part[] {
  const parts: Part[] = [];
  let from = 0;
  const push = (end: number): void => {
    if (end > from) parts.push({ start: from, end });
  };
  if (special.length > 0 && text.length > 0) {
    const byContent = new Map(special.map((token) => [token.content, token]));
    const escaped = [...byContent.keys()]
      .sort((a, b) => b.length - a.length)
      .map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    for (const match of text.matchAll(new RegExp(escaped.join('|'), 'gu'))) {
      const token = byContent.get(match[0]);
      if (!token) continue;
      push(match.index);
      from = match.index + match[0].length;
      parts.push({ start: match.index, end: from, special: token });
    }
  }
  push(text.length);
  return parts;
}

function normalizedContents(special: readonly SpecialToken[]): SpecialToken[] {
  return special.map((token) => ({ ...token, content: normalizeText(token.content, 0).text }));
}

/** Where a stretch of normalised text stands in the original. */
function spanOf(normal: NormalizedText, from: number, to: number): [number, number] {
  return [normal.starts[from] ?? 0, normal.ends[to - 1] ?? 0];
}

function maximum(values: Iterable<number>): number {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  return max;
}
