// Squares out of larger pictures. Pure.
import type { DecodedPicture } from './decodeFile.ts';

/** The part of `picture` that begins at (left, top); a copy. */
function cut(
  { pixels, width: stride }: DecodedPicture,
  left: number,
  top: number,
  size: number,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * stride + left) * 4;
    out.set(pixels.subarray(from, from + size * 4), y * size * 4);
  }
  return out;
}

/** Picture number `index` of a sheet of squares, row after row. */
export function tile(
  sheet: DecodedPicture,
  size: number,
  columns: number,
  index: number,
): Uint8ClampedArray<ArrayBuffer> {
  return cut(sheet, (index % columns) * size, Math.floor(index / columns) * size, size);
}
