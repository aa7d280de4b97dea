// The list of files in a zip, read from its end and checked before anything is unpacked (PKWARE APPNOTE.TXT 6.3.10).
import { looksLike } from './sniff.ts';

/** A zip that is refused, with the reason: what was expected, what came, what to do. */
export class ZipError extends Error {
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(`${where}: ${reason}.`, options);
    this.name = 'ZipError';
  }
}

export interface ZipLimits {
  /** Most entries, folders included. */
  readonly maxEntries: number;
  /** Most bytes of one file, unpacked. */
  readonly maxFileBytes: number;
  /** Most bytes of all files, unpacked. */
  readonly maxTotalBytes: number;
  /** How many times its packed size a file of more than a megabyte may become. */
  readonly maxRatio: number;
}

/** Room for a model of some 100 million weights in half precision. */
export const zipLimits: ZipLimits = {
  maxEntries: 1000,
  maxFileBytes: 400e6,
  maxTotalBytes: 500e6,
  maxRatio: 100,
};

/** Random access to the zip's bytes. */
export interface ZipBytes {
  readonly size: number;
  read(begin: number, end: number): Promise<Uint8Array>;
}

export interface ZipEntry {
  readonly path: string;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Of its local header, from the start of the zip. */
  readonly offset: number;
  /** Name as it is stored, to be found again in the local header. */
  readonly rawName: Uint8Array;
}

const END_BYTES = 22;
const MAX_COMMENT = 65535;
const ENTRY_BYTES = 46;
const MAX_NAME = 240;
const SYMLINK = 0xa000;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The files of a zip, each checked: its path stays inside, its size is allowed, it is not encrypted and comes once.
 * @throws ZipError naming the entry and the reason
 */
export async function readDirectory(zip: ZipBytes, limits: ZipLimits, where: string): Promise<ZipEntry[]> {
  const fail = (reason: string): never => {
    throw new ZipError(where, reason);
  };
  const { count, begin, end } = await findDirectory(zip, where);
  if (count > limits.maxEntries)
    fail(`expected at most ${limits.maxEntries} entries, got ${count}; zip the model's folder alone`);
  const directory = await zip.read(begin, end);
  const view = viewOf(directory);
  const entries: ZipEntry[] = [];
  const seen = new Set<string>();
  let [at, total] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > directory.length || view.getUint32(at, true) !== 0x02014b50)
      return fail(`expected ${count} entries in its list, got ${i}: the zip is damaged`);
    const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > directory.length) return fail('its list of files is cut off: the zip is damaged');
    const rawName = directory.slice(at + ENTRY_BYTES, nameEnd);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const made = { onDos: view.getUint8(at + 5) === 0, isMarkedUtf8: (flags & 0x0800) !== 0 };
    const path = checkName(rawName, made, where);
    const isFolder = path === '' || path.endsWith('/');
    const label = JSON.stringify(path);
    if (seen.has(path) && !isFolder) fail(`expected each file once, got ${label} twice`);
    seen.add(path);
    const [packedBytes, bytes] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const offset = view.getUint32(at + 42, true);
    if ((flags & 0x2041) !== 0) fail(`${label} is encrypted; zip the folder without a password`);
    if ([packedBytes, bytes, offset].includes(0xffffffff))
      fail(`${label} is larger than 4 GB (zip64), which is too large for a page`);
    // Made on Unix (3): the upper half holds the kind of file.
    const unixMode = view.getUint8(at + 5) === 3 ? view.getUint16(at + 40, true) : 0;
    if ((unixMode & 0xf000) === SYMLINK) fail(`${label} is a link; zip the files themselves`);
    if (method !== 0 && method !== 8)
      return fail(
        `${label}: expected it stored or deflated, got method ${method}; zip it again without special options`,
      );
    if (method === 0 && packedBytes !== bytes)
      fail(`${label}: expected ${bytes} stored bytes, got ${packedBytes}: the zip is damaged`);
    if (bytes > limits.maxFileBytes)
      fail(
        `${label}: expected at most ${megabytes(limits.maxFileBytes)} a file, got ${megabytes(bytes)} unpacked`,
      );
    if (bytes > 1e6 && bytes > packedBytes * limits.maxRatio)
      fail(
        `${label} would unpack to ${Math.round(bytes / Math.max(1, packedBytes))} times its size: a compression bomb, or no model`,
      );
    total += bytes;
    if (total > limits.maxTotalBytes)
      fail(
        `expected at most ${megabytes(limits.maxTotalBytes)} unpacked, got more; zip the model's folder alone`,
      );
    if (isFolder) {
      if (bytes > 0) fail(`the folder ${label}: expected no bytes, got ${bytes}: the zip is damaged`);
    } else
      entries.push({ path, method, crc: view.getUint32(at + 16, true), packedBytes, bytes, offset, rawName });
    at = next;
  }
  if (at !== directory.length) fail('its list of files is longer than it says: the zip is damaged');
  checkFolders(entries, seen, fail);
  return entries;
}

/** Where the list of files lies, from the record at the end of the zip. */
async function findDirectory(
  zip: ZipBytes,
  where: string,
): Promise<{ readonly count: number; readonly begin: number; readonly end: number }> {
  const fail = (reason: string): never => {
    throw new ZipError(where, reason);
  };
  if (zip.size === 0) return fail('expected a zip file, got an empty one');
  const tailBegin = Math.max(0, zip.size - END_BYTES - MAX_COMMENT);
  const tail = await zip.read(tailBegin, zip.size);
  const view = viewOf(tail);
  let at = tail.length - END_BYTES;
  // The comment's length must lead to the end of the file, or these four bytes are part of something else.
  while (
    at >= 0 &&
    (view.getUint32(at, true) !== 0x06054b50 ||
      at + END_BYTES + view.getUint16(at + 20, true) !== tail.length)
  )
    at--;
  if (at < 0) {
    const head = await zip.read(0, Math.min(256, zip.size));
    if (head[0] === 0x50 && head[1] === 0x4b)
      return fail('the end of the zip is missing: it is cut off, download or save it again');
    const guess = looksLike(head);
    return fail(`expected a zip file, got ${guess ?? 'something else'}`);
  }
  const [disk, start, here, count] = [4, 6, 8, 10].map((offset) => view.getUint16(at + offset, true)) as [
    number,
    number,
    number,
    number,
  ];
  const [bytes, begin] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  if (count === 0xffff || bytes === 0xffffffff || begin === 0xffffffff)
    return fail('it is a zip64 (over 4 GB or 65,535 files), which is too large for a page');
  if (disk !== 0 || start !== 0 || here !== count)
    return fail('it is one part of a split zip; join the parts first');
  if (begin + bytes !== tailBegin + at)
    return fail('its list of files is not where its end says: the zip is damaged or has bytes added');
  return { count, begin, end: begin + bytes };
}

/** Upper half of code page 437, in which names are that are not marked as UTF-8 (APPNOTE, appendix D). */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function decodeName(raw: Uint8Array, isMarkedUtf8: boolean, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch (cause) {
    // Tools that don't mark UTF-8 write it all the same, so the old code page comes second.
    if (!isMarkedUtf8)
      return Array.from(raw, (byte) =>
        byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? '?'),
      ).join('');
    throw new ZipError(where, 'a file name is not UTF-8; give the files plain names and zip them again', {
      cause,
    });
  }
}

/**
 * The entry's path inside the folder it is unpacked to, a folder's with a slash at its end and '' for that folder itself.
 * Spellings that unpackers take for the same are made one: "./a", "/a", "a//b", and the backslashes of old Windows tools.
 * What leads out of the folder is refused.
 */
function checkName(
  raw: Uint8Array,
  made: { readonly onDos: boolean; readonly isMarkedUtf8: boolean },
  where: string,
): string {
  const name = decodeName(raw, made.isMarkedUtf8, where);
  const label = JSON.stringify(name.slice(0, 80));
  const fail = (why: string): never => {
    throw new ZipError(where, `the entry ${label} ${why}; nothing was unpacked`);
  };
  if (name === '') fail('has no name');
  if (name.length > MAX_NAME)
    fail(`has a name of ${name.length} characters, at most ${MAX_NAME} are expected`);
  if (/\p{Cc}/u.test(name)) fail('has control characters in its name');
  const path = made.onDos && !name.includes('/') ? name.replaceAll('\\', '/') : name;
  if (path.includes('\\')) fail('has a backslash in its name, expected slashes between folders');
  if (/^\/*[a-z]:/i.test(path)) fail('has an absolute path, expected a relative one');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  let depth = 0;
  for (const part of parts) {
    depth += part === '..' ? -1 : 1;
    if (depth < 0) fail('leads out of its folder');
  }
  if (parts.includes('..'))
    fail('has ".." in its path, which unpackers read in different ways; zip the folder again');
  return parts.join('/') + (parts.length > 0 && /\/\.?$/.test(path) ? '/' : '');
}

/** No path may be a file and a folder, and no two files may share bytes. */
function checkFolders(
  entries: readonly ZipEntry[],
  seen: ReadonlySet<string>,
  fail: (reason: string) => never,
): void {
  for (const { path } of entries) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
      if (seen.has(path.slice(0, at))) fail(`${JSON.stringify(path.slice(0, at))} is a file and a folder`);
    }
  }
  const sorted = [...entries].sort((a, b) => a.offset - b.offset);
  for (const [i, { path, offset }] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before !== undefined && offset < before.offset + before.packedBytes)
      fail(`${JSON.stringify(path)} and ${JSON.stringify(before.path)} share bytes: a compression bomb`);
  }
}
