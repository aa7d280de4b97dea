// Reads the vocabulary and the merges of a CLIP tokenizer: vocab.json and merges.txt, or tokenizer.json in their place.
import { MAX_SYMBOLS, pairKey, type Merge, type MergeTable } from './bpe.ts';

/** A tokenizer file that cannot be used, with the reason. */
export class TokenizerError extends Error {
  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}.`, options);
    this.name = 'TokenizerError';
  }
}

/** A file's bytes or its text. */
export type FileContent = string | Uint8Array;

export interface Vocabulary {
  /** The file that it is from, for messages. */
  readonly file: string;
  readonly ids: ReadonlyMap<string, number>;
  readonly tokens: ReadonlyMap<number, string>;
}

export function fileText(file: string, content: FileContent): string {
  if (typeof content === 'string') return content;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw new TokenizerError(file, 'expected text in UTF-8; the file is damaged', { cause: error });
  }
}

export function readJsonObject(file: string, content: FileContent): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(fileText(file, content));
  } catch (error) {
    if (error instanceof TokenizerError) throw error;
    throw new TokenizerError(file, 'expected JSON, got text that does not parse; the file is damaged', {
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenizerError(file, 'expected a JSON object');
  }
  return value as Record<string, unknown>;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface Learned {
  readonly vocabulary: Vocabulary;
  /** Reads them: last, so that what is wrong with the vocabulary is said first. */
  readonly merges: () => MergeTable;
}

/** From vocab.json (an object from token to id) and merges.txt (see readMerges). */
export function readVocabularyFiles(vocab: FileContent, merges: FileContent): Learned {
  const vocabulary = readVocabulary(readJsonObject('vocab.json', vocab), 'vocab.json');
  return {
    vocabulary,
    merges: () => readMerges(mergeLines(fileText('merges.txt', merges)), vocabulary),
  };
}

/** From tokenizer.json, which holds both: what transformers 5 writes in place of the two files. */
export function readTokenizerJson(json: Readonly<Record<string, unknown>>): Learned {
  const file = 'tokenizer.json';
  const fail = (key: string, expected: string, got: unknown): never => {
    const json = got === undefined ? 'nothing' : JSON.stringify(got).slice(0, 100);
    const shown = isObject(got) ? 'an object' : Array.isArray(got) ? 'a list' : json;
    throw new TokenizerError(file, `${key}: expected ${expected}, got ${shown}`);
  };
  const model = json['model'];
  if (!isObject(model)) return fail('model', 'an object with the vocabulary', model);
  const { type = 'BPE', vocab, merges, end_of_word_suffix: suffix } = model;
  if (type !== 'BPE') return fail('model.type', '"BPE", the kind that CLIPTokenizer is', type);
  if (suffix !== '</w>')
    return fail('model.end_of_word_suffix', '"</w>", which CLIPTokenizer writes', suffix);
  if (!isObject(vocab)) return fail('model.vocab', 'an object from token to id', vocab);
  if (!Array.isArray(merges)) return fail('model.merges', 'a list of pairs of tokens', merges);
  const vocabulary = readVocabulary(vocab, file);
  const lines = merges.map((merge: unknown, i): MergeLine => {
    const pair: readonly unknown[] =
      typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    return { file, place: `merge ${i + 1}`, shown: merge, pair };
  });
  return { vocabulary, merges: () => readMerges(lines, vocabulary) };
}

function readVocabulary(json: Readonly<Record<string, unknown>>, file: string): Vocabulary {
  const ids = new Map<string, number>();
  const tokens = new Map<number, string>();
  for (const [token, id] of Object.entries(json)) {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= MAX_SYMBOLS) {
      throw new TokenizerError(
        file,
        `${JSON.stringify(token.slice(0, 100))}: expected a whole number from 0, got ${JSON.stringify(id).slice(0, 100)}`,
      );
    }
    const other = tokens.get(id as number);
    if (other !== undefined) {
      throw new TokenizerError(
        file,
        `expected every id once, got ${String(id)} for ${JSON.stringify(other)} and ${JSON.stringify(token)}`,
      );
    }
    ids.set(token, id as number);
    tokens.set(id as number, token);
  }
  if (ids.size === 0) throw new TokenizerError(file, 'expected tokens, got none');
  return { file, ids, tokens };
}

/** One merge as it stands in its file. */
interface MergeLine {
  readonly file: string;
  /** For messages, such as "line 3". */
  readonly place: string;
  readonly shown: unknown;
  readonly pair: readonly unknown[];
}

/** merges.txt: a line a merge, two tokens and a space between. */
function mergeLines(text: string): MergeLine[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.startsWith('#version') || line === '') return [];
    return [{ file: 'merges.txt', place: `line ${i + 1}`, shown: line, pair: line.split(' ') }];
  });
}

/** The earliest merge comes first. */
function readMerges(lines: readonly MergeLine[], { file: vocabularyFile, ids }: Vocabulary): MergeTable {
  const merges = new Map<number, Merge>();
  for (const [rank, { file, place, shown, pair }] of lines.entries()) {
    const fail = (reason: string): never => {
      const text = typeof shown === 'string' ? shown.slice(0, 100) : shown;
      throw new TokenizerError(file, `${place}, ${JSON.stringify(text).slice(0, 110)}: ${reason}`);
    };
    const [left, right, ...rest] = pair;
    if (
      typeof left !== 'string' ||
      typeof right !== 'string' ||
      left === '' ||
      right === '' ||
      rest.length > 0
    )
      return fail('expected two tokens with one space between');
    const id = (token: string): number =>
      ids.get(token) ?? fail(`${vocabularyFile} has no ${JSON.stringify(token.slice(0, 100))}`);
    // As in the reference, a pair listed twice keeps its last rank.
    merges.set(pairKey(id(left), id(right)), { rank, id: id(left + right) });
  }
  return merges;
}
