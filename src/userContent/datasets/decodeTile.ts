// One file of the reader's to the small square that is trained on.
import { cannotOpen, checkPixels, decodeFile, inspectFile } from '../pictures/decodeFile.ts';
import { MAX_PIXELS } from '../pictures/limits.ts';
import { fillWhite, resizeRgba } from '../pictures/resize.ts';
import type { Shrinker } from './shrinker.ts';

/** Pixels a side that are kept of each: runs train on 32 or 64. */
export const TILE = 64;
/** The browser shrinks a picture to this, which it does fast; the rest is averaged as the models' own pictures are. */
const MIDWAY = 2 * TILE;

/**
 * The square in the middle of a picture, on white.
 * @returns RGBA, opaque, [64, 64, 4]
 * @throws {PictureError} saying what is wrong with the file
 */
export async function decodeTile(file: File, shrinker: Shrinker): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { kind } = await inspectFile(file);
  if (kind === 'SVG') {
    // Workers have no images, so drawings are drawn here.
    const { pixels, width, height } = (await decodeFile(file)).square;
    return resizeRgba(pixels, { width, height }, TILE);
  }
  const reply = await shrinker.shrink({ file, side: MIDWAY, maxPixels: MAX_PIXELS });
  if (reply.outcome === 'too-large') checkPixels(reply.width, reply.height, file.name);
  if (reply.outcome !== 'shrunk') throw cannotOpen(file.name, kind, reply.message);
  const { pixels, side } = reply;
  fillWhite(pixels);
  return resizeRgba(pixels, { width: side, height: side }, TILE);
}
