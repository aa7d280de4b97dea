// CLIPTokenizer: text to token ids, exactly as transformers 5 does it (a byte-level BPE, Radford et al. 2021).
// Special tokens are cut out first; the rest is normalised (NFC, single spaces, lower case), split into words,
// each word written as bytes, and the bytes merged by the learned merges; a word's last symbol carries "</w>".
import { at } from '../base/at.ts';
import { mergeSymbols, type MergeTable } from './bpe.ts';
import { byteCharacters } from './byteLevel.ts';
import { normalizeText, type NormalizedText } from './normalize.ts';
import { readSpecialTokens, type SpecialToken, type SpecialTokens } from './specialTokens.ts';
import {
  readJsonObject,
  readTokenizerJson,
  readVocabularyFiles,
  TokenizerError,
  type FileContent,
  type Learned,
  type Vocabulary,
} from './vocabulary.ts';

export { TokenizerError } from './vocabulary.ts';

/** The files of a tokenizer folder: their bytes or texts. Needed are tokenizer.json, or vocab.json and merges.txt. */
export interface TokenizerFiles {
  /** vocab.json */
  readonly vocab?: FileContent | undefined;
  /** merges.txt */
  readonly merges?: FileContent | undefined;
  /** tokenizer.json; where it is there, it counts and not the two above, as in transformers. */
  readonly tokenizerJson?: FileContent | undefined;
  /** tokenizer_config.json */
  readonly config?: FileContent | undefined;
  /** special_tokens_map.json, for what tokenizer_config.json leaves open. */
  readonly specialTokensMap?: FileContent | undefined;
  /** added_tokens.json */
  readonly addedTokens?: FileContent | undefined;
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

export class CLIPTokenizer {
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
  /** Those that are looked for in the text as written, and in the normalised text. */
  private readonly asWritten: Searched;
  private readonly inNormalized: Searched;
  private readonly cache = new Map<string, readonly number[]>();

  private constructor({ vocabulary, merges }: Learned, special: SpecialTokens, modelMaxLength: number) {
    this.vocabulary = vocabulary;
    this.merges = merges();
    this.special = special;
    this.bosTokenId = special.bosTokenId;
    this.eosTokenId = special.eosTokenId;
    this.padTokenId = special.padTokenId;
    this.unkTokenId = special.unkTokenId;
    this.modelMaxLength = modelMaxLength;
    this.asWritten = searchFor(special.all.filter(({ normalized }) => !normalized));
    this.inNormalized = searchFor(
      special.all
        .filter(({ normalized }) => normalized)
        .map((token) => ({ ...token, content: normalizeText(token.content, 0).text })),
    );
    const added = maximum(special.all.map(({ id }) => id));
    this.vocabSize = Math.max(added, maximum(vocabulary.tokens.keys())) + 1;
  }

  /** @throws TokenizerError naming the file, what was expected and what came. */
  static fromFiles(files: TokenizerFiles): CLIPTokenizer {
    const json = (file: string, content: FileContent | undefined) =>
      content === undefined ? {} : readJsonObject(file, content);
    const config = json('tokenizer_config.json', files.config);
    const map = json('special_tokens_map.json', files.specialTokensMap);
    const tokenizerJson = json('tokenizer.json', files.tokenizerJson);
    const addedTokens = json('added_tokens.json', files.addedTokens);
    const learned =
      files.tokenizerJson === undefined
        ? readVocabularyFiles(needed('vocab.json', files.vocab), needed('merges.txt', files.merges))
        : readTokenizerJson(tokenizerJson);
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
    const special = readSpecialTokens({ config, map, tokenizerJson, addedTokens }, learned.vocabulary);
    // transformers writes 1e30 for "no limit".
    const modelMaxLength = length > 1e6 ? CLIP_LENGTH : Math.floor(length);
    return new CLIPTokenizer(learned, special, modelMaxLength);
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
    for (const part of splitAt(text, this.asWritten)) {
      if (part.special) {
        add(part.start, part.end, [part.special.id]);
        continue;
      }
      const normal = normalizeText(text.slice(part.start, part.end), part.start);
      const span = (from: number, to: number): [number, number] => spanOf(normal, from, to);
      for (const piece of splitAt(normal.text, this.inNormalized)) {
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

/** Tokens by what they look like, and the expression that finds them; of two that start together, the longer one. */
interface Searched {
  readonly byContent: ReadonlyMap<string, SpecialToken>;
  readonly pattern: RegExp | undefined;
}

function searchFor(special: readonly SpecialToken[]): Searched {
  const byContent = new Map(special.map((token) => [token.content, token]));
  if (byContent.size === 0) return { byContent, pattern: undefined };
  const escaped = [...byContent.keys()]
    .sort((a, b) => b.length - a.length)
    .map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return { byContent, pattern: new RegExp(escaped.join('|'), 'gu') };
}

/** Cuts the special tokens out of a text. */
function splitAt(text: string, { byContent, pattern }: Searched): Part[] {
  const parts: Part[] = [];
  let from = 0;
  const push = (end: number): void => {
    if (end > from) parts.push({ start: from, end });
  };
  for (const match of pattern === undefined ? [] : text.matchAll(pattern)) {
    const token = byContent.get(match[0]);
    if (!token) continue;
    push(match.index);
    from = match.index + match[0].length;
    parts.push({ start: match.index, end: from, special: token });
  }
  push(text.length);
  return parts;
}

function needed(file: string, content: FileContent | undefined): FileContent {
  if (content !== undefined) return content;
  throw new TokenizerError(file, 'expected this file, or tokenizer.json in its place, got neither');
}

/** Where a stretch of normalised text stands in the original. */
function spanOf(normal: NormalizedText, from: number, to: number): [number, number] {
  return [at(normal.starts, from), at(normal.ends, to - 1)];
}

function maximum(values: Iterable<number>): number {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  return max;
}
