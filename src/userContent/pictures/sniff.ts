// What the first bytes of a file say about the picture in it, before anything decodes it.
import { beginsSvg, xmlText } from './xmlText.ts';

export type PictureKind = 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'AVIF' | 'HEIC' | 'BMP' | 'SVG';

/** What is known; `undefined` where the bytes don't say. */
export interface Sniffed {
  readonly kind: PictureKind | undefined;
  /** As stored, before any rotation. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly animated: boolean;
}

type Size = Pick<Sniffed, 'width' | 'height'>;
const noSize: Size = { width: undefined, height: undefined };

class Bytes {
  readonly #view: DataView;
  readonly length: number;
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }
  /** The byte there, 0 beyond the end. */
  u8(at: number): number {
    return at < this.length ? this.#view.getUint8(at) : 0;
  }
  u16(at: number, little = false): number {
    return at + 2 <= this.length ? this.#view.getUint16(at, little) : 0;
  }
  u24(at: number): number {
    return this.u16(at, true) + this.u8(at + 2) * 0x10000;
  }
  u32(at: number, little = false): number {
    return at + 4 <= this.length ? this.#view.getUint32(at, little) : 0;
  }
  text(at: number, length: number): string {
    return Array.from({ length }, (_, i) => String.fromCharCode(this.u8(at + i))).join('');
  }
}

/** Chunks up to the first one of the picture's data: an acTL among them means an animation (APNG). */
function png(bytes: Bytes): Size & { animated: boolean } {
  let animated = false;
  for (let at = 8; at + 8 <= bytes.length; at += 12 + bytes.u32(at)) {
    const type = bytes.text(at + 4, 4);
    if (type === 'acTL') animated = true;
    if (type === 'IDAT') break;
  }
  return { width: bytes.u32(16), height: bytes.u32(20), animated };
}

/** Segments up to the frame header (SOF0 to SOF15, but for the three that mean something else). */
function jpeg(bytes: Bytes): Size {
  let at = 2;
  while (at + 9 <= bytes.length) {
    const marker = bytes.u8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    // Decoders pass over stray bytes before a marker, and so does this.
    if (bytes.u8(at) !== 0xff || marker === 0xff) at += 1;
    else if (isFrame) return { height: bytes.u16(at + 5), width: bytes.u16(at + 7) };
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + Math.max(2, bytes.u16(at + 2));
  }
  return noSize;
}

/** Blocks until the second picture. The screen grows where the first picture is larger. */
function gif(bytes: Bytes): Size & { animated: boolean } {
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const skipBlocks = (from: number): number => {
    let at = from;
    while (at < bytes.length && bytes.u8(at) !== 0) at += 1 + bytes.u8(at);
    return at + 1;
  };
  let size = noSize;
  let at = 13 + tableBytes(bytes.u8(10));
  while (at + 10 <= bytes.length) {
    const block = bytes.u8(at);
    if (block === 0x21) at = skipBlocks(at + 2);
    else if (block === 0x2c) {
      if (size !== noSize) return { ...size, animated: true };
      const reach = (corner: number): number =>
        bytes.u16(at + corner, true) + bytes.u16(at + corner + 4, true);
      size = {
        width: Math.max(bytes.u16(6, true), reach(1)),
        height: Math.max(bytes.u16(8, true), reach(3)),
      };
      at = skipBlocks(at + 11 + tableBytes(bytes.u8(at + 9)));
    } else break;
  }
  return { ...size, animated: false };
}

function webp(bytes: Bytes): Size & { animated: boolean } {
  switch (bytes.text(12, 4)) {
    case 'VP8X':
      return {
        width: bytes.u24(24) + 1,
        height: bytes.u24(27) + 1,
        animated: (bytes.u8(20) & 2) !== 0,
      };
    case 'VP8L': {
      const bits = bytes.u32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, animated: false };
    }
    case 'VP8 ':
      return { width: bytes.u16(26, true) & 0x3fff, height: bytes.u16(28, true) & 0x3fff, animated: false };
    default:
      return { ...noSize, animated: false };
  }
}

/** Boxes of an ISO media file between two places: type, where the content begins, where it ends. */
function* boxes(bytes: Bytes, from: number, to: number): Generator<readonly [string, number, number]> {
  let at = from;
  while (at + 8 <= to) {
    const [short, type] = [bytes.u32(at), bytes.text(at + 4, 4)];
    const long = short === 1;
    const length = long ? bytes.u32(at + 8) * 2 ** 32 + bytes.u32(at + 12) : short === 0 ? to - at : short;
    const head = long ? 16 : 8;
    if (length < head) return;
    yield [type, at + head, at + length];
    at += length;
  }
}

const PARENTS = new Set(['meta', 'iprp', 'ipco', 'moov', 'trak']);

/** The largest of the sizes that an ISO media file lists, once `bytes` reach to the end of the box that holds them. */
function isoMedia(bytes: Bytes): Size {
  let largest = noSize;
  const take = (width: number, height: number): void => {
    if (largest === noSize || width * height > (largest.width ?? 0) * (largest.height ?? 0)) {
      largest = { width, height };
    }
  };
  const walk = (from: number, to: number): void => {
    for (const [type, begin, end] of boxes(bytes, from, to)) {
      if (end > bytes.length) continue;
      if (type === 'ispe') take(bytes.u32(begin + 4), bytes.u32(begin + 8));
      // A track's size, in 1/65536 of a pixel, ends its header.
      else if (type === 'tkhd') take(bytes.u32(end - 8) >>> 16, bytes.u32(end - 4) >>> 16);
      // A 'meta' begins with its version.
      else if (PARENTS.has(type)) walk(type === 'meta' ? begin + 4 : begin, end);
    }
  };
  walk(0, bytes.length);
  return largest;
}

/** Width and height of a bitmap, by the length of its header; a negative height means: stored from the top. */
function bmp(bytes: Bytes): Size | undefined {
  const header = bytes.u32(14, true);
  if (header === 12) return { width: bytes.u16(18, true), height: bytes.u16(20, true) };
  if (!((header >= 16 && header <= 64) || header === 108 || header === 124)) return undefined;
  return { width: Math.abs(bytes.u32(18, true) | 0), height: Math.abs(bytes.u32(22, true) | 0) };
}

/** @param head the file's first bytes, half a megabyte or all: where the size isn't found, more of the file may tell it */
export function sniff(head: Uint8Array): Sniffed {
  const bytes = new Bytes(head);
  const still = { animated: false };
  if (bytes.text(0, 8) === '\x89PNG\r\n\x1a\n') return { kind: 'PNG', ...png(bytes) };
  if (bytes.u16(0) === 0xffd8) return { kind: 'JPEG', ...jpeg(bytes), ...still };
  if (/^GIF8[79]a$/.test(bytes.text(0, 6))) return { kind: 'GIF', ...gif(bytes) };
  if (bytes.text(0, 4) === 'RIFF' && bytes.text(8, 4) === 'WEBP') return { kind: 'WebP', ...webp(bytes) };
  if (bytes.text(4, 4) === 'ftyp') {
    const brand = bytes.text(8, 4);
    if (/^avi[fs]$/.test(brand)) {
      return { kind: 'AVIF', ...isoMedia(bytes), animated: brand === 'avis' };
    }
    if (/^(hei[cxms]|hev[cx]|mif1|msf1)$/.test(brand)) return { kind: 'HEIC', ...isoMedia(bytes), ...still };
  }
  const bitmap = bytes.text(0, 2) === 'BM' ? bmp(bytes) : undefined;
  if (bitmap !== undefined) return { kind: 'BMP', ...bitmap, ...still };
  return { kind: beginsSvg(xmlText(head)) ? 'SVG' : undefined, ...noSize, ...still };
}
