// Writes PNG files (ISO/IEC 15948): 8-bit RGB, no filter, no interlacing.
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const TRUECOLOUR = 2;

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** @param rgb three bytes a pixel, row by row */
export function encodePng(rgb: Uint8Array, width: number, height: number): Buffer {
  if (rgb.length !== width * height * 3) {
    throw new RangeError(
      `PNG: expected ${width * height * 3} bytes for ${width} x ${height} pixels, got ${rgb.length}`,
    );
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, TRUECOLOUR, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (width * 3 + 1)); // each row begins with its filter: 0, none
  for (let y = 0; y < height; y++) {
    rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  }
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** Pictures [n, H, W, 3] in [-1, 1], row after row, as one grid of bytes with `columns` in a row. */
export function pictureGrid(
  pictures: Float32Array,
  [count, height, width]: readonly [number, number, number],
  columns: number,
): { readonly rgb: Uint8Array; readonly width: number; readonly height: number } {
  const gridWidth = columns * width;
  const gridHeight = Math.ceil(count / columns) * height;
  const rgb = new Uint8Array(gridWidth * gridHeight * 3).fill(255);
  for (let i = 0; i < count; i++) {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width * 3; x++) {
        const value = pictures[(i * height + y) * width * 3 + x] as number;
        rgb[((top + y) * gridWidth + left) * 3 + x] = Math.round(
          Math.min(Math.max((value + 1) / 2, 0), 1) * 255,
        );
      }
    }
  }
  return { rgb, width: gridWidth, height: gridHeight };
}
