// Pictures in [-1, 1] as a PNG file.
import sharp from 'sharp';

/**
 * An 8-bit RGB file.
 * @param rgb three bytes a pixel, row by row
 * @throws RangeError when there are more or fewer
 */
export async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Buffer> {
  if (rgb.length !== width * height * 3) {
    throw new RangeError(
      `PNG: expected ${width * height * 3} bytes for ${width} x ${height} pixels, got ${rgb.length}`,
    );
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
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
