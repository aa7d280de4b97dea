// The reader's own pictures as a set to train on.
import { grouped } from '../../writing/numbers.ts';
import { type Recipe, Rng, yieldToEventLoop } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../engine/protocol/lab.ts';
import { PictureError } from '../pictures/errors.ts';
import { resizeRgba } from '../pictures/resize.ts';
import { TILE } from './decodeTile.ts';
import { commonTexts } from './folderWords.ts';
import type { TakenPicture } from './intake.ts';
import type { DatasetOptions } from './progress.ts';

/** Folders whose names the samples of a run are drawn for. */
const SAMPLES = 8;
/** Pictures that are made smaller in one slice of the page's time. */
const SLICE = 64;

const howMany = (count: number): string =>
  count === 1 ? '1 picture of yours' : `${grouped(count)} pictures of yours`;

/**
 * `images` of the pictures, then `heldOut` others; which ones is drawn once, by their number.
 *
 * @param captions a text for each picture, or undefined
 * @param recipe `images`, `imageSize` and `conditioning` matter
 * @throws {PictureError} when there are too few, or words are asked for and there are none; the signal's reason
 */
export async function userDataset(
  pictures: readonly TakenPicture[],
  captions: readonly string[] | undefined,
  heldOut: number,
  { images, imageSize, conditioning }: Pick<Recipe, 'images' | 'imageSize' | 'conditioning'>,
  { signal, onProgress }: DatasetOptions = {},
): Promise<LabDataset> {
  const count = images + heldOut;
  if (images < 1 || count > pictures.length) {
    const have =
      pictures.length === 0 ? 'There are no pictures yet' : `There are ${howMany(pictures.length)}`;
    throw new PictureError('unknown', `${have}, and ${count} are needed. Choose more, or train on fewer.`);
  }
  if (conditioning !== 'none' && captions === undefined) {
    throw new PictureError(
      'unknown',
      'Your pictures have no words: they lie in one folder. Train without words, or sort them into folders named for what they show.',
    );
  }
  const order = new Rng('own').shuffle(pictures.map((_, i) => i)).slice(0, count);
  const each = imageSize * imageSize * 3;
  const pixels = new Uint8Array(count * each);
  for (const [i, index] of order.entries()) {
    const tile = pictures[index]?.pixels ?? new Uint8ClampedArray();
    const rgba = imageSize === TILE ? tile : resizeRgba(tile, { width: TILE, height: TILE }, imageSize);
    for (let j = 0; j < each; j++) pixels[i * each + j] = rgba[Math.floor(j / 3) * 4 + (j % 3)] ?? 0;
    if ((i + 1) % SLICE !== 0 && i + 1 < count) continue;
    onProgress?.({ done: i + 1, of: count });
    await yieldToEventLoop();
    signal?.throwIfAborted();
  }
  const texts = conditioning === 'none' ? [] : order.map((index) => captions?.[index] ?? '');
  const words = new Set(texts.flatMap((text) => text.split(' ')).filter((word) => word !== ''));
  return {
    kind: 'own',
    title: howMany(images),
    count,
    size: imageSize,
    pixels,
    captions: texts.map((text) => [text]),
    words: [...words].sort(),
    sampleCaptions: commonTexts(texts, SAMPLES).map((text) => ({ text, label: text })),
  };
}
