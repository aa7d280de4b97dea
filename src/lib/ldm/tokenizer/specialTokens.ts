// The tokens that a CLIP tokenizer looks for before it splits a text: its special tokens, and words that were added later.
import { MAX_SYMBOLS } from './bpe.ts';
import { isObject, TokenizerError, type Vocabulary } from './vocabulary.ts';

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

type Json = Readonly<Record<string, unknown>>;

/** What the files of a tokenizer say about such tokens; `{}` for a file that is not there. */
export interface SpecialTokenFiles {
  /** tokenizer_config.json: added_tokens_decoder (transformers 4.34 and later), bos_token and so on. */
  readonly config: Json;
  /** special_tokens_map.json, for what the config leaves open. */
  readonly map: Json;
  /** tokenizer.json: added_tokens. */
  readonly tokenizerJson: Json;
  /** added_tokens.json: ids by token (before transformers 4.34). */
  readonly addedTokens: Json;
}

/** Added tokens at most: each text is searched for all of them. */
const MAX_ADDED = 10_000;

/** A token as a file writes it: its text, or an object with its content and flags. */
interface Written {
  readonly file: string;
  readonly key: string;
  readonly id: unknown;
  readonly token: unknown;
}

/**
 * Special and added tokens of all files together; what tokenizer_config.json says of a token counts first, as in
 * transformers. Without a word about them: CLIP's own.
 * @throws TokenizerError for tokens without an id, with two, or with a flag that is not implemented
 */
export function readSpecialTokens(
  files: SpecialTokenFiles,
  { file: vocabularyFile, ids, tokens }: Vocabulary,
): SpecialTokens {
  const { config, map } = files;
  const all = new Map<string, SpecialToken>();
  const special = specialContents(config, map);
  for (const written of writtenTokens(files)) {
    const { file, key, token } = written;
    const fail = (reason: string): never => {
      throw new TokenizerError(file, `${key}: ${reason}`);
    };
    const content = contentOf(token);
    const id = Number(written.id);
    if (content === undefined || !/^\d{1,8}$/.test(String(written.id)) || id >= MAX_SYMBOLS)
      return fail('expected a token and its id');
    if (content === '') continue; // found nowhere
    const shown = JSON.stringify(content.slice(0, 100));
    const known = all.get(content)?.id ?? ids.get(content) ?? id;
    if (known !== id)
      return fail(
        `expected a token with the id that ${vocabularyFile} gives it: ${shown} is ${known}, got ${id}`,
      );
    const other = tokens.get(id);
    if (other !== undefined && other !== content)
      return fail(`expected an id of its own for ${shown}, got ${id}, which is ${JSON.stringify(other)}`);
    refuseStripping(file, token, content);
    if (all.has(content)) continue;
    // added_tokens.json has no flags: words are looked for in the normalised text, special tokens as they are written.
    const flag = isObject(token) ? token['normalized'] : !special.has(content);
    all.set(content, { content, id, normalized: flag === true });
    if (all.size > MAX_ADDED)
      return fail(`expected at most ${MAX_ADDED} added tokens, got more; open a model with fewer`);
  }
  const idOf = (key: string, value: unknown): number => {
    const content = contentOf(value);
    if (content === undefined || content === '') {
      const got = JSON.stringify(value).slice(0, 100);
      throw new TokenizerError('tokenizer_config.json', `${key}: expected a token, got ${got}`);
    }
    const known = all.get(content);
    if (known) return known.id;
    const id = ids.get(content);
    if (id === undefined) {
      const shown = JSON.stringify(content.slice(0, 100));
      throw new TokenizerError(vocabularyFile, `expected the ${key} ${shown}, got none`);
    }
    refuseStripping('tokenizer_config.json', value, content);
    all.set(content, { content, id, normalized: isObject(value) && value['normalized'] === true });
    return id;
  };
  const one = (key: string, fallback: string): number => idOf(key, config[key] ?? map[key] ?? fallback);
  const named = {
    bosTokenId: one('bos_token', '<|startoftext|>'),
    eosTokenId: one('eos_token', '<|endoftext|>'),
    padTokenId: one('pad_token', '<|endoftext|>'),
    unkTokenId: one('unk_token', '<|endoftext|>'),
  };
  for (const [key, value] of furtherTokens(config, map)) idOf(key, value);
  return { ...named, all: [...all.values()] };
}

/** Added tokens of the three files that list them with their ids. */
function* writtenTokens({ config, tokenizerJson, addedTokens }: SpecialTokenFiles): Generator<Written> {
  const decoder = config['added_tokens_decoder'];
  if (isObject(decoder)) {
    for (const [id, token] of Object.entries(decoder))
      yield { file: 'tokenizer_config.json', key: `added_tokens_decoder, ${id.slice(0, 20)}`, id, token };
  }
  const added = tokenizerJson['added_tokens'];
  if (Array.isArray(added)) {
    for (const [i, token] of (added as readonly unknown[]).entries()) {
      const id = isObject(token) ? token['id'] : undefined;
      yield { file: 'tokenizer.json', key: `added_tokens[${i}]`, id, token };
    }
  }
  for (const [token, id] of Object.entries(addedTokens))
    yield { file: 'added_tokens.json', key: JSON.stringify(token.slice(0, 100)), id, token };
}

/** Special tokens beside the four: a list of them under the first key, from transformers 5 on under the second. */
function furtherTokens(config: Json, map: Json): [key: string, value: unknown][] {
  return ['additional_special_tokens', 'extra_special_tokens'].flatMap((key) => {
    const value = config[key] ?? map[key] ?? [];
    const list: unknown[] = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    return list.map((token): [string, unknown] => [key, token]);
  });
}

function specialContents(config: Json, map: Json): ReadonlySet<unknown> {
  const four = ['bos_token', 'eos_token', 'pad_token', 'unk_token'].map((key) => config[key] ?? map[key]);
  return new Set([...four, ...furtherTokens(config, map).map(([, value]) => value)].map(contentOf));
}

/** A token is written as text or as an object with its content. */
function contentOf(token: unknown): string | undefined {
  const content = isObject(token) ? token['content'] : token;
  return typeof content === 'string' ? content : undefined;
}

function refuseStripping(file: string, token: unknown, content: string): void {
  if (!isObject(token)) return;
  for (const key of ['lstrip', 'rstrip', 'single_word']) {
    if (token[key] === true) {
      const reason = `token ${JSON.stringify(content.slice(0, 100))}: expected "${key}" false, got true (not implemented)`;
      throw new TokenizerError(file, reason);
    }
  }
}
