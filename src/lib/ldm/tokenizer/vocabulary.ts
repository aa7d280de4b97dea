// Reads a CLIP tokenizer's files: vocab.json, merges.txt, tokenizer_config.json, special_tokens_map.json.
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

/** vocab.json: an object from token to id. */
export function readVocabulary(content: FileContent): Vocabulary {
  const ids = new Map<string, number>();
  const tokens = new Map<number, string>();
  for (const [token, id] of Object.entries(readJsonObject('vocab.json', content))) {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= MAX_SYMBOLS) {
      throw new TokenizerError(
        'vocab.json',
        `${JSON.stringify(token)}: expected a whole number from 0, got ${JSON.stringify(id).slice(0, 100)}`,
      );
    }
    const other = tokens.get(id as number);
    if (other !== undefined) {
      throw new TokenizerError(
        'vocab.json',
        `expected every id once, got ${String(id)} for ${JSON.stringify(other)} and ${JSON.stringify(token)}`,
      );
    }
    ids.set(token, id as number);
    tokens.set(id as number, token);
  }
  if (ids.size === 0) throw new TokenizerError('vocab.json', 'expected tokens, got none');
  return { ids, tokens };
}

/** merges.txt: a line a merge, two tokens and a space between; the earliest line is merged first. */
export function readMerges(content: FileContent, { ids }: Vocabulary): MergeTable {
  const merges = new Map<number, Merge>();
  let rank = 0;
  for (const [i, line] of fileText('merges.txt', content).split(/\r?\n/).entries()) {
    if (line.startsWith('#version') || line === '') continue;
    const fail = (reason: string): never => {
      throw new TokenizerError(
        'merges.txt',
        `line ${i + 1}, ${JSON.stringify(line.slice(0, 100))}: ${reason}`,
      );
    };
    const [left, right, ...rest] = line.split(' ');
    if (!left || !right || rest.length > 0) return fail('expected two tokens with one space between');
    const id = (token: string): number =>
      ids.get(token) ?? fail(`vocab.json has no ${JSON.stringify(token)}`);
    // As in the reference, a pair listed twice keeps its last rank.
    merges.set(pairKey(id(left), id(right)), { rank, id: id(left + right) });
    rank++;
  }
  return merges;
}

export interface SpecialToken {
  readonly content: string;
  readonly id: number;
  /** Looked for in the normalised text instead of the text as written. */
  readonly normalized: boolean;
}

export interface SpecialTokens {
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
  readonly unkTokenId: number;
  /** All of them, and further added tokens; they are found anywhere in a text. */
  readonly all: readonly SpecialToken[];
}

type Record_ = Readonly<Record<string, unknown>>;

/** Special tokens by tokenizer_config.json, else special_tokens_map.json, else CLIP's own. */
export function readSpecialTokens(config: Record_, map: Record_, { ids }: Vocabulary): SpecialTokens {
  const all = new Map<string, SpecialToken>();
  const added = config['added_tokens_decoder'];
  if (isObject(added)) {
    for (const [id, token] of Object.entries(added)) {
      const content = contentOf(token);
      if (content === undefined || !/^\d+$/.test(id) || (ids.get(content) ?? Number(id)) !== Number(id)) {
        const reason = `added_tokens_decoder, ${id}: expected a token with the id that vocab.json gives it`;
        throw new TokenizerError('tokenizer_config.json', reason);
      }
      refuseStripping(token, content);
      all.set(content, {
        content,
        id: Number(id),
        normalized: isObject(token) && token['normalized'] === true,
      });
    }
  }
  const idOf = (key: string, fallback: string): number => {
    const value = config[key] ?? map[key] ?? fallback;
    const content = contentOf(value);
    if (content === undefined || content === '') {
      throw new TokenizerError(
        'tokenizer_config.json',
        `${key}: expected a token, got ${JSON.stringify(value)}`,
      );
    }
    const known = all.get(content);
    if (known) return known.id;
    const id = ids.get(content);
    if (id === undefined)
      throw new TokenizerError('vocab.json', `expected the ${key} ${JSON.stringify(content)}, got none`);
    refuseStripping(value, content);
    all.set(content, { content, id, normalized: isObject(value) && value['normalized'] === true });
    return id;
  };
  const special = {
    bosTokenId: idOf('bos_token', '<|startoftext|>'),
    eosTokenId: idOf('eos_token', '<|endoftext|>'),
    padTokenId: idOf('pad_token', '<|endoftext|>'),
    unkTokenId: idOf('unk_token', '<|endoftext|>'),
  };
  return { ...special, all: [...all.values()] };
}

function isObject(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A token is written as text or as an object with its content. */
function contentOf(token: unknown): string | undefined {
  const content = isObject(token) ? token['content'] : token;
  return typeof content === 'string' ? content : undefined;
}

function refuseStripping(token: unknown, content: string): void {
  if (!isObject(token)) return;
  for (const key of ['lstrip', 'rstrip', 'single_word']) {
    if (token[key] === true) {
      const reason = `token ${JSON.stringify(content)}: expected "${key}" false, got true (not implemented)`;
      throw new TokenizerError('tokenizer_config.json', reason);
    }
  }
}
