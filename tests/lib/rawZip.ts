// Builds zips byte by byte, so that every one of their bytes can lie.
import { deflateRawSync } from 'node:zlib';
import { crc32 } from 'node:zlib';

/** One entry; what is left out is as it should be. */
export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array;
  readonly deflated?: boolean;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  /** What the list of files claims. */
  readonly packedBytes?: number;
  readonly bytes?: number;
  readonly offset?: number;
  /** Name in the entry's own header. */
  readonly localName?: string;
  /** Unix file mode: 0o120777 is a link. */
  readonly unixMode?: number;
  /** Packed bytes as they are, in place of `content`. */
  readonly data?: Uint8Array;
}

export interface RawZipOptions {
  readonly comment?: Uint8Array;
  /** Number of entries that the end of the zip claims. */
  readonly count?: number;
  /** Where the end of the zip says that the list begins. */
  readonly listBegin?: number;
  readonly disk?: number;
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function numbers(...fields: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return out;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function rawZip(entries: readonly RawEntry[], options: RawZipOptions = {}): Uint8Array<ArrayBuffer> {
  const local: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const { content = new Uint8Array(0), deflated = false, flags = 0x0800 } = entry;
    const name = typeof entry.name === 'string' ? utf8(entry.name) : entry.name;
    const localName = entry.localName === undefined ? name : utf8(entry.localName);
    const data = entry.data ?? (deflated ? deflateRawSync(content) : content);
    const method = entry.method ?? (deflated ? 8 : 0);
    const [packedBytes, bytes] = [entry.packedBytes ?? data.length, entry.bytes ?? content.length];
    const facts = (length: number): Uint8Array =>
      numbers(
        [2, 20],
        [2, flags],
        [2, method],
        [4, 0x00210000],
        [4, entry.crc ?? crc32(content)],
        [4, packedBytes],
        [4, bytes],
        [2, length],
        [2, 0],
      );
    const header = joined(numbers([4, 0x04034b50]), facts(localName.length), localName, data);
    local.push(header);
    list.push(
      joined(
        numbers([4, 0x02014b50], [2, (entry.unixMode === undefined ? 0 : 3 << 8) | 20]),
        facts(name.length),
        numbers([2, 0], [2, 0], [2, 0], [4, ((entry.unixMode ?? 0) << 16) >>> 0], [4, entry.offset ?? at]),
        name,
      ),
    );
    at += header.length;
  }
  const files = joined(...local);
  const directory = joined(...list);
  const { comment = new Uint8Array(0), count = entries.length, disk = 0 } = options;
  const end = numbers(
    [4, 0x06054b50],
    [2, disk],
    [2, disk],
    [2, count],
    [2, count],
    [4, directory.length],
    [4, options.listBegin ?? files.length],
    [2, comment.length],
  );
  return joined(files, directory, end, comment);
}
