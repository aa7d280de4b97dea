// Checks the header of a safetensors file against the file, before anything is allocated for its tensors.
import { looksLike } from './sniff.ts';

/** A safetensors file that cannot be read, with the reason: what was expected and what came. */
export class SafetensorsError extends Error {
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`${where}: ${reason}.`, options);
    this.name = 'SafetensorsError';
  }
}

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Byte offsets from the start of the data. */
  readonly begin: number;
  readonly end: number;
}

/** Longest header that the format allows; trainers keep whole lists of captions in its metadata. */
const MAX_HEADER_BYTES = 100_000_000;
/** Names in one object at most; Stable Diffusion XL's denoiser has 1,680 tensors. */
const MAX_NAMES = 100_000;
const MAX_RANK = 8;
const MAX_DEPTH = 4;

const dtypeBytes: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E4M3', 1],
  ['F8_E5M2', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
]);

/** The checked entries in the order of their bytes, and where the data starts. */
export function readHeader(bytes: Uint8Array, where: string): { entries: HeaderEntry[]; dataStart: number } {
  const text = headerText(bytes, where);
  const dataStart = text.end;
  const flaw = scan(text.json);
  if (flaw !== undefined) throw new SafetensorsError(where, flaw);
  let header: unknown;
  try {
    header = JSON.parse(text.json);
  } catch (error) {
    throw new SafetensorsError(
      where,
      'expected a JSON header, got text that does not parse; the file is damaged',
      {
        cause: error,
      },
    );
  }
  if (!isRecord(header)) throw new SafetensorsError(where, 'expected the header to be a JSON object');
  const entries: HeaderEntry[] = [];
  for (const name of Object.keys(header)) {
    if (name === '__metadata__') checkMetadata(header[name], where);
    else entries.push(readEntry(name, header[name], where));
  }
  checkLayout(entries, bytes.length - dataStart, where);
  return { entries, dataStart };
}

/** The header's text and the offset of its end. */
function headerText(bytes: Uint8Array, where: string): { json: string; end: number } {
  const guess = looksLike(bytes.subarray(0, 256));
  const hint = guess === undefined ? '' : `; it looks like ${guess}`;
  if (bytes.length === 0) throw new SafetensorsError(where, 'expected a safetensors file, got an empty one');
  if (bytes.length < 8) {
    throw new SafetensorsError(where, `expected a safetensors file, got only ${bytes.length} bytes${hint}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const written = view.getBigUint64(0, true);
  const length = Number(written);
  if (length < 2 || (length > MAX_HEADER_BYTES && 8 + length > bytes.length)) {
    throw new SafetensorsError(
      where,
      `expected a header of 2 to ${MAX_HEADER_BYTES} bytes, got a length of ${written}: ` +
        `not a safetensors file, or a damaged one${hint}`,
    );
  }
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      where,
      `expected a header of at most ${MAX_HEADER_BYTES / 1e6} MB, as the format allows, got ${Math.ceil(length / 1e6)} MB: save it with less metadata`,
    );
  }
  if (8 + length > bytes.length) {
    throw new SafetensorsError(
      where,
      `expected a header of ${length} bytes, got a file of ${bytes.length} bytes: it is cut off${hint}`,
    );
  }
  if (bytes[8] !== 0x7b) {
    throw new SafetensorsError(where, `expected the header to start with "{", got byte ${bytes[8]}${hint}`);
  }
  try {
    const json = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length));
    return { json, end: 8 + length };
  } catch (error) {
    throw new SafetensorsError(where, 'expected a header in UTF-8; the file is damaged', { cause: error });
  }
}

function readEntry(name: string, value: unknown, where: string): HeaderEntry {
  const fail = (expected: string, got: unknown): never => {
    throw new SafetensorsError(where, `tensor ${quote(name)}: expected ${expected}, got ${quote(got)}`);
  };
  if (!isRecord(value)) return fail('an object with dtype, shape and data_offsets', value);
  for (const key of Object.keys(value)) {
    if (key !== 'dtype' && key !== 'shape' && key !== 'data_offsets') {
      return fail('only dtype, shape and data_offsets', key);
    }
  }
  const [dtype, shape, offsets] = [own(value, 'dtype'), own(value, 'shape'), own(value, 'data_offsets')];
  const size = typeof dtype === 'string' ? dtypeBytes.get(dtype) : undefined;
  if (typeof dtype !== 'string' || size === undefined) return fail('dtype F32, F16 or BF16', dtype);
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isCount)) {
    return fail(`a shape of at most ${MAX_RANK} whole numbers from 0`, shape);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail('data_offsets [begin, end] in bytes', offsets);
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) return fail('data_offsets with begin <= end', offsets);
  const count = shape.includes(0) ? 0 : shape.reduce((product, dim) => product * dim, 1);
  if (count * size !== end - begin) {
    return fail(`${count * size} bytes for ${dtype} of shape [${shape.join(', ')}]`, end - begin);
  }
  return { name, dtype, shape, begin, end };
}

/** Sorts the entries by offset; they must fill the data exactly, without gap or overlap. */
function checkLayout(entries: HeaderEntry[], dataBytes: number, where: string): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      throw new SafetensorsError(
        where,
        `tensor ${quote(name)}: expected its data to begin at byte ${at}, where the one before ends, ` +
          `got ${begin} (${begin < at ? 'they overlap' : 'there is a gap'})`,
      );
    }
    at = end;
    if (end > dataBytes) {
      throw new SafetensorsError(
        where,
        `tensor ${quote(name)}: expected data up to byte ${end}, got a file with ${dataBytes} bytes of data: it is cut off`,
      );
    }
  }
  if (at !== dataBytes) {
    throw new SafetensorsError(
      where,
      `expected ${at} bytes of data, got ${dataBytes}: ${dataBytes - at} too many`,
    );
  }
}

function checkMetadata(value: unknown, where: string): void {
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw new SafetensorsError(where, `expected __metadata__ to map names to strings, got ${quote(value)}`);
  }
}

/**
 * What a JSON parser would not report: a name used twice in one object (it would keep the last), or a nesting
 * deeper than any header's (which would cost time). One pass; text that is not JSON is left to the parser.
 */
function scan(json: string): string | undefined {
  const open: Set<string>[] = [];
  let string: string | undefined; // the string just read, a key if a colon follows
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === 0x22) {
      const start = i;
      for (i++; i < json.length && json.charCodeAt(i) !== 0x22; i++) if (json.charCodeAt(i) === 0x5c) i++;
      string = json.slice(start, i + 1);
    } else if (char === 0x3a && string !== undefined) {
      const key = string.includes('\\') ? unescape(string) : string.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) return `expected every name once, got ${quote(key)} twice in the header`;
      keys?.add(key);
      if (keys !== undefined && keys.size > MAX_NAMES)
        return `expected at most ${MAX_NAMES} tensors and as many lines of metadata, got more`;
    } else if (char === 0x7b || char === 0x5b) {
      open.push(new Set());
      if (open.length > MAX_DEPTH)
        return 'expected a flat JSON header, got deeply nested text; the file is damaged';
    } else if (char === 0x7d || char === 0x5d) open.pop();
  }
  return undefined;
}

/** The text of a JSON string literal; the literal itself when it is damaged (the parser will say so). */
function unescape(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

/** A value for a message, cut to a readable length. */
function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((item) => (typeof item === 'object' ? '...' : JSON.stringify(item)));
    return `[${shown.join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  }
  if (isRecord(value)) return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 200) : value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
