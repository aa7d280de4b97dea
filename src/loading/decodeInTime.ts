// Pictures that the browser decodes: a decoder that never answers is given up.
import { inTime, TimeLimitError } from '@noisebook/ldm/numbers';
import { LoadError } from './loadPart.ts';

/** Milliseconds that the largest picture takes on a slow machine, and some more. */
export const DECODE_MS = 30_000;

async function decoded<T>(decoding: Promise<T>, what: string, onLate?: (late: T) => void): Promise<T> {
  try {
    return await inTime(decoding, DECODE_MS, what, onLate);
  } catch (cause) {
    if (!(cause instanceof TimeLimitError)) throw cause;
    throw new LoadError(
      `Expected this browser to decode ${what} within ${DECODE_MS / 1000} s, it has not answered. Close other tabs, then try again.`,
      { cause },
    );
  }
}

/**
 * The picture in a file. Only files need this: of pixels that are in memory a bitmap is made without waiting for anything.
 * @param what names it in the sentence
 * @throws {LoadError} when the browser does not answer; otherwise as createImageBitmap does
 */
export const bitmapInTime = (file: Blob, what: string, options?: ImageBitmapOptions): Promise<ImageBitmap> =>
  decoded(createImageBitmap(file, options), what, (late) => late.close());

/**
 * The image element of an SVG, ready to be drawn: createImageBitmap takes none.
 * @param src its address
 * @param what names it in the sentence
 * @throws {LoadError} when the browser does not answer; otherwise as `decode` of images does
 */
export async function imageInTime(src: string, what: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = src;
  await decoded(image.decode(), what);
  return image;
}
