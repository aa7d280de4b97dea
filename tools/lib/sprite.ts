// Many small pictures in one WebP file: a grid, row after row.
import sharp from 'sharp';

/** A picture of RGB bytes, `size` pixels on each side. */
export type RgbImage = Uint8Array;

/** Pictures in [-1, 1] ([n, size, size, 3], as the decoder gives them) to n pictures of bytes. */
export function toRgbImages(values: Float32Array, size: number): RgbImage[] {
  const length = size * size * 3;
  return Array.from({ length: values.length / length }, (_, i) =>
    Uint8Array.from(values.subarray(i * length, (i + 1) * length), (value) =>
      Math.round(Math.max(0, Math.min(255, (value + 1) * 127.5))),
    ),
  );
}

/**
 * @param rows pictures of one size; every row as long as the first
 * @param quality 1 to 100
 * @returns a WebP file
 */
export async function spriteSheet(
  rows: readonly (readonly RgbImage[])[],
  size: number,
  quality: number,
): Promise<Buffer> {
  const columns = rows[0]?.length ?? 0;
  const width = columns * size;
  const sheet = new Uint8Array(width * rows.length * size * 3);
  rows.forEach((row, r) => {
    if (row.length !== columns) {
      throw new Error(`spriteSheet: expected ${columns} pictures in row ${r}, got ${row.length}`);
    }
    row.forEach((image, c) => {
      for (let y = 0; y < size; y++) {
        const line = image.subarray(y * size * 3, (y + 1) * size * 3);
        sheet.set(line, ((r * size + y) * width + c * size) * 3);
      }
    });
  });
  const raw = { width, height: rows.length * size, channels: 3 as const };
  return sharp(sheet, { raw }).webp({ quality, effort: 6, smartSubsample: true }).toBuffer();
}
