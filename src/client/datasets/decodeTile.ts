// One file of the reader's to the small square that is trained on.
import { readPixels } from '../pictures/canvas.ts';
import { openPicture } from '../pictures/decodeFile.ts';
import { PictureError } from '../pictures/errors.ts';
import { fillWhite, resizeRgba } from '../pictures/resize.ts';
import { middleSquare } from '../pictures/square.ts';

/** Pixels a side that are kept of each: runs train on 32 or 64. */
export const TILE = 64;
/** The browser shrinks a picture to this, which it does fast; the rest is averaged the way the models' own pictures are. */
const MIDWAY = 4 * TILE;
/** Pixels of a drawing (SVG), which is drawn whole before its middle is cut out. */
const MAX_DRAWN = 16 * MIDWAY * MIDWAY;

/**
 * The square in the middle of a picture, on white.
 * @returns RGBA, opaque, [64, 64, 4]
 * @throws {PictureError} saying what is wrong with the file
 */
export async function decodeTile(file: File): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { image, width, height } = await openPicture(file);
  const side = Math.min(width, height);
  let square: ImageBitmap | undefined;
  try {
    let shown = image;
    let size = { width, height };
    if (image instanceof ImageBitmap) {
      const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
      const to = Math.min(side, MIDWAY);
      size = { width: to, height: to };
      shown = square = await createImageBitmap(image, left, top, side, side, {
        resizeWidth: to,
        resizeHeight: to,
        resizeQuality: 'medium',
      });
    } else {
      // A drawing has no pixels of its own: as large as needed.
      const scale = MIDWAY / side;
      size = { width: Math.round(width * scale), height: Math.round(height * scale) };
      if (size.width * size.height > MAX_DRAWN) {
        throw new PictureError(
          'too-large',
          `${file.name} is ${width} × ${height}: too narrow for a square. Choose another picture.`,
        );
      }
    }
    const pixels = readPixels(shown, size);
    fillWhite(pixels);
    const middle = middleSquare({ pixels, ...size });
    return resizeRgba(middle.pixels, { width: middle.width, height: middle.height }, TILE);
  } catch (cause) {
    if (cause instanceof PictureError) throw cause;
    throw new PictureError('broken', `${file.name} can't be read to its end. Choose another picture.`, {
      cause,
    });
  } finally {
    square?.close();
    if (image instanceof ImageBitmap) image.close();
  }
}
