// Unpacks a zip into memory. Everything its list of files says is checked first, and every byte is counted on the way.
import { Inflate } from 'fflate';
import { crc32 } from './crc32.ts';
import {
  readDirectory,
  ZipError,
  zipLimits,
  type ZipBytes,
  type ZipEntry,
  type ZipLimits,
} from './zipDirectory.ts';

export interface ReadZipOptions {
  /** The zip's name, for messages. */
  readonly name?: string;
  readonly limits?: Partial<ZipLimits>;
  readonly signal?: AbortSignal;
  /** Bytes unpacked so far, and how many there will be. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Packed bytes given to the inflater at a time: it makes at most 1032 of each before we look at the size again. */
const PIECE = 8192;
const LOCAL_BYTES = 30;

/**
 * The files of a zip by path, in the order of its list; folders are left out.
 * @throws ZipError for anything but a whole, plain zip within the limits
 */
export async function readZip(
  source: Uint8Array | Blob,
  { name = 'zip', limits, signal, onProgress }: ReadZipOptions = {},
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const zip = bytesOf(source, name);
  const entries = await readDirectory(zip, { ...zipLimits, ...limits }, name);
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let done = 0;
  for (const entry of entries) {
    signal?.throwIfAborted();
    files.set(entry.path, await unpack(zip, entry, name));
    done += entry.bytes;
    onProgress?.(done, total);
  }
  return files;
}

function bytesOf(source: Uint8Array | Blob, name: string): ZipBytes {
  if (source instanceof Uint8Array) {
    return { size: source.length, read: (begin, end) => Promise.resolve(source.subarray(begin, end)) };
  }
  return {
    size: source.size,
    async read(begin, end) {
      try {
        return new Uint8Array(await source.slice(begin, end).arrayBuffer());
      } catch (cause) {
        throw new ZipError(name, 'it can no longer be read, it may have been moved; choose it again', {
          cause,
        });
      }
    },
  };
}

async function unpack(zip: ZipBytes, entry: ZipEntry, where: string): Promise<Uint8Array<ArrayBuffer>> {
  const { path, method, packedBytes, bytes, offset, rawName } = entry;
  const fail = (reason: string, cause?: unknown): never => {
    throw new ZipError(where, `${JSON.stringify(path)}: ${reason}`, { cause });
  };
  const header = await zip.read(offset, Math.min(zip.size, offset + LOCAL_BYTES + rawName.length));
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (
    header.length < LOCAL_BYTES + rawName.length ||
    view.getUint32(0, true) !== 0x04034b50 ||
    view.getUint16(26, true) !== rawName.length ||
    rawName.some((byte, i) => header[LOCAL_BYTES + i] !== byte)
  )
    return fail('its bytes are not where the list of files says: the zip is damaged');
  if (view.getUint16(8, true) !== method)
    fail('its own header and the list of files do not agree: the zip is damaged');
  const begin = offset + LOCAL_BYTES + rawName.length + view.getUint16(28, true);
  if (begin + packedBytes > zip.size) fail('its bytes are missing: the zip is cut off');
  const packed = await zip.read(begin, begin + packedBytes);
  let content: Uint8Array<ArrayBuffer>;
  if (method === 0) content = packed.slice();
  else {
    try {
      content = inflate(packed, bytes);
    } catch (error) {
      return fail(error instanceof TooLong ? error.message : 'it does not unpack: the zip is damaged', error);
    }
  }
  if (content.length !== bytes) fail(`expected ${bytes} bytes, got ${content.length}: the zip is damaged`);
  if (crc32(content) !== entry.crc) fail('its checksum is wrong: the zip is damaged');
  return content;
}

class TooLong extends Error {}

/** Inflates piece by piece, and stops as soon as there is more than was declared. */
function inflate(packed: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  let at = 0;
  const stream = new Inflate((chunk) => {
    if (at + chunk.length > bytes)
      throw new TooLong(`expected ${bytes} bytes, got more: a compression bomb, or the zip is damaged`);
    out.set(chunk, at);
    at += chunk.length;
  });
  for (let begin = 0; begin < packed.length || begin === 0; begin += PIECE) {
    const end = Math.min(packed.length, begin + PIECE);
    stream.push(packed.subarray(begin, end), end === packed.length);
  }
  return out.subarray(0, at);
}
