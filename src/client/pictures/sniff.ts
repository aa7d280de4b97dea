// What the first bytes of a file say about the picture in it, before anything decodes it.

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
  while (at + 9 <= bytes.length && bytes.u8(at) === 0xff) {
    const marker = bytes.u8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.u16(at + 5), width: bytes.u16(at + 7) };
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + bytes.u16(at + 2);
  }
  return noSize;
}

/** Blocks until the second picture. */
function gif(bytes: Bytes): Size & { animated: boolean } {
  const size = { width: bytes.u16(6, true), height: bytes.u16(8, true) };
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const skipBlocks = (from: number): number => {
    let at = from;
    while (at < bytes.length && bytes.u8(at) !== 0) at += 1 + bytes.u8(at);
    return at + 1;
  };
  let pictures = 0;
  let at = 13 + tableBytes(bytes.u8(10));
  while (at < bytes.length) {
    const block = bytes.u8(at);
    if (block === 0x21) at = skipBlocks(at + 2);
    else if (block === 0x2c) {
      if (++pictures === 2) return { ...size, animated: true };
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
    default:
      return { width: bytes.u16(26, true) & 0x3fff, height: bytes.u16(28, true) & 0x3fff, animated: false };
  }
}

/** The largest of the sizes that an ISO media file lists: thumbnails and tiles have theirs too. */
function isoMedia(bytes: Bytes): Size {
  let largest: Size = noSize;
  for (let at = 4; at + 16 <= Math.min(bytes.length, 65536); at++) {
    if (bytes.u8(at) !== 0x69 || bytes.text(at, 4) !== 'ispe') continue;
    const size = { width: bytes.u32(at + 8), height: bytes.u32(at + 12) };
    if (size.width * size.height > (largest.width ?? 0) * (largest.height ?? 0)) largest = size;
  }
  return largest;
}

/** Lengths that a bitmap's header may have. */
const BMP_HEADERS = new Set([40, 52, 56, 64, 108, 124]);

/** @param head the file's first bytes; half a megabyte tells everything that can be told */
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
  if (bytes.text(0, 2) === 'BM' && BMP_HEADERS.has(bytes.u32(14, true))) {
    // A negative height means: stored from the top.
    const height = bytes.u32(22, true) | 0;
    return { kind: 'BMP', width: bytes.u32(18, true), height: Math.abs(height), ...still };
  }
  const text = new TextDecoder().decode(head.subarray(0, 65536));
  if (
    /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<svg[\s>]/i.test(
      text,
    )
  ) {
    return { kind: 'SVG', ...noSize, ...still };
  }
  return { kind: undefined, ...noSize, ...still };
}
