// Handwritten digits to train on: one picture with all of them, fetched when it is first asked for.
import {
  digitOf,
  digitPicture,
  DIGIT_COLUMNS,
  DIGIT_FRAMED,
  DIGIT_ROWS,
  DIGIT_SIDE,
  DIGITS_CREDIT,
  digitWords,
  MAX_DIGITS,
} from '../../datasets/digits.ts';
import { bitmapInTime } from '../../loading/decodeInTime.ts';
import { fetchInTime } from '../../loading/fetchInTime.ts';
import { type Recipe, yieldToEventLoop } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../engine/protocol/lab.ts';
import { readPixels } from '../pictures/canvas.ts';
import { PictureError } from '../pictures/errors.ts';
import { resizeRgba } from '../pictures/resize.ts';
import type { DatasetOptions } from './progress.ts';

/** Digits that no run is trained on. */
export const HELD_OUT_DIGITS = 16;
/** Digits that are cut out in one slice of the page's time. */
const SLICE = 128;

/** The whole sheet as RGBA. */
async function fetchSheet(signal?: AbortSignal): Promise<Uint8ClampedArray> {
  const base = import.meta.env.BASE_URL;
  const url = `${base.endsWith('/') ? base : `${base}/`}pictures/full/digits.webp`;
  try {
    const file = await fetchInTime(url, 'the digits', signal && { signal });
    const image = await bitmapInTime(file, 'the digits', { colorSpaceConversion: 'none' });
    const { width, height } = image;
    if (width !== DIGIT_COLUMNS * DIGIT_SIDE || height !== DIGIT_ROWS * DIGIT_SIDE) {
      throw new Error(`${width} x ${height} pixels`);
    }
    const pixels = readPixels(image, { width, height });
    image.close();
    return pixels;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new PictureError(
      'unreachable',
      'The digits could not be fetched. Check the connection, then try again.',
      { cause },
    );
  }
}

/**
 * Digits number 0 to `images`, then {@link HELD_OUT_DIGITS} that no run is trained on, white on black.
 *
 * @param recipe `images` (at most MAX_DIGITS), `imageSize` (64: enlarged) and `conditioning` matter
 * @throws {PictureError} for too many, or when they cannot be fetched; the signal's reason
 */
export async function digitsDataset(
  { images, imageSize, conditioning }: Pick<Recipe, 'images' | 'imageSize' | 'conditioning'>,
  { signal, onProgress }: DatasetOptions = {},
): Promise<LabDataset> {
  if (images > MAX_DIGITS) {
    throw new PictureError(
      'too-large',
      `There are ${MAX_DIGITS} digits to train on, not ${images}. Choose fewer pictures.`,
    );
  }
  const sheet = await fetchSheet(signal);
  const count = images + HELD_OUT_DIGITS;
  const each = imageSize * imageSize * 3;
  const pixels = new Uint8Array(count * each);
  const captions: string[][] = [];
  for (let i = 0; i < count; i++) {
    const index = i < images ? i : MAX_DIGITS + i - images;
    const framed = digitPicture(sheet, index);
    const rgba =
      imageSize === DIGIT_FRAMED
        ? framed
        : resizeRgba(framed, { width: DIGIT_FRAMED, height: DIGIT_FRAMED }, imageSize);
    for (let j = 0; j < each; j++) pixels[i * each + j] = rgba[Math.floor(j / 3) * 4 + (j % 3)] ?? 0;
    if (conditioning !== 'none') captions.push([digitWords[digitOf(index)] ?? '']);
    if ((i + 1) % SLICE !== 0 && i + 1 < count) continue;
    onProgress?.({ done: i + 1, of: count });
    await yieldToEventLoop();
    signal?.throwIfAborted();
  }
  return {
    kind: 'digits',
    title: 'digits',
    credit: DIGITS_CREDIT,
    count,
    size: imageSize,
    pixels,
    captions,
    words: conditioning === 'none' ? [] : [...digitWords].sort(),
    sampleCaptions: conditioning === 'none' ? [] : digitWords.map((word) => ({ text: word, label: word })),
  };
}
