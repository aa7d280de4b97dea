// The single pictures of a sprite, as bytes: fetched once, then kept.
import { bitmapInTime } from '../../../loading/decodeInTime.ts';
import { fetchInTime } from '../../../loading/fetchInTime.ts';

const kept = new Map<string, Promise<ImageData>>();

async function read(url: string): Promise<ImageData> {
  const file = await fetchInTime(url, 'the recorded pictures');
  // The file's own bytes: no colour management, colours not multiplied by alpha.
  const bitmap = await bitmapInTime(file, 'the recorded pictures', {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('This browser gives no 2d canvas, which this figure needs.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** All pixels of the file at `url`. A failed download is tried again with the next call. */
export function readSprite(url: string): Promise<ImageData> {
  const sheet = kept.get(url) ?? read(url);
  kept.set(url, sheet);
  sheet.catch(() => kept.delete(url));
  return sheet;
}

/** RGBA bytes of the picture in `column` and `row` of a sheet of square pictures; a copy. */
export function pictureAt(
  sheet: Pick<ImageData, 'data' | 'width'>,
  size: number,
  column: number,
  row: number,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    const from = ((row * size + y) * sheet.width + column * size) * 4;
    out.set(sheet.data.subarray(from, from + size * 4), y * size * 4);
  }
  return out;
}
