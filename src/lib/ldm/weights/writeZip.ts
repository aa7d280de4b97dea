// Packs files into a zip. The same files give the same bytes: sorted paths, one date, one way to pack.
import { deflateSync } from 'fflate';
import { crc32 } from './crc32.ts';
import { checkPath } from './source.ts';

/** 1 January 1980, the first day that a zip can name. */
const DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const LOCAL_BYTES = 30;
const ENTRY_BYTES = 46;
const END_BYTES = 22;
/** What a zip without its 64-bit extension can count. */
const MAX_FILES = 0xfffe;
const MAX_BYTES = 0xfffffffe;

interface Packed {
  readonly name: Uint8Array;
  readonly data: Uint8Array;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly bytes: number;
  readonly offset: number;
}

/**
 * A zip of `files`. Texts are deflated; weights are stored, because deflating takes a second for each 20 MB and saves
 * some percent.
 * @param files by path, relative, with single slashes
 * @throws Error for a path that leads outside, or more than a zip can hold (4 GB, 65,534 files)
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > MAX_FILES)
    throw new Error(`zip: expected at most ${MAX_FILES} files, got ${sorted.length}. Pack fewer.`);
  const packed: Packed[] = [];
  let [offset, listBytes] = [0, 0];
  for (const [path, content] of sorted) {
    checkPath(path);
    const name = new TextEncoder().encode(path);
    const small = path.endsWith('.safetensors') ? content : deflateSync(content, { level: 6 });
    const method = small.length < content.length ? 8 : 0;
    const data = method === 8 ? small : content;
    packed.push({ name, data, method, crc: crc32(content), bytes: content.length, offset });
    offset += LOCAL_BYTES + name.length + data.length;
    listBytes += ENTRY_BYTES + name.length;
  }
  if (offset + listBytes > MAX_BYTES)
    throw new Error(`zip: expected at most 4 GB, got ${((offset + listBytes) / 1e9).toFixed(1)} GB.`);
  const zip = new Uint8Array(offset + listBytes + END_BYTES);
  const view = new DataView(zip.buffer);
  let at = offset;
  for (const file of packed) {
    view.setUint32(file.offset, 0x04034b50, true);
    writeFacts(view, file.offset + 4, file);
    zip.set(file.name, file.offset + LOCAL_BYTES);
    zip.set(file.data, file.offset + LOCAL_BYTES + file.name.length);
    view.setUint32(at, 0x02014b50, true);
    view.setUint16(at + 4, 20, true); // made by: zip 2.0
    writeFacts(view, at + 6, file);
    view.setUint32(at + 42, file.offset, true);
    zip.set(file.name, at + ENTRY_BYTES);
    at += ENTRY_BYTES + file.name.length;
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, packed.length, true);
  view.setUint16(at + 10, packed.length, true);
  view.setUint32(at + 12, listBytes, true);
  view.setUint32(at + 16, offset, true);
  return zip;
}

/** The 24 bytes that a file's own header and its entry in the list have in common, from "version needed" on. */
function writeFacts(view: DataView, at: number, { name, data, method, crc, bytes }: Packed): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, UTF8_NAMES, true);
  view.setUint16(at + 4, method, true);
  view.setUint16(at + 8, DATE, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, data.length, true);
  view.setUint32(at + 18, bytes, true);
  view.setUint16(at + 22, name.length, true);
}
