// Many files of the reader's, one after the other: good ones are taken, bad ones named, none stops the rest.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { sha256 } from '../../storage/sha256.ts';
import { PictureError } from '../pictures/errors.ts';
import { decodeTile } from './decodeTile.ts';
import type { DatasetOptions } from './progress.ts';
import type { PictureSource } from './pictureSources.ts';
import { Shrinker } from './shrinker.ts';

/** One of the reader's pictures. */
export interface TakenPicture {
  readonly name: string;
  readonly folder: string;
  /** RGBA, opaque, [64, 64, 4]. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Equal for equal pixels. */
  readonly key: string;
}

/** A file that was not taken, and why: a sentence. */
export interface PictureProblem {
  readonly name: string;
  readonly reason: string;
}

/** What has become of the files. */
export interface Intake {
  readonly pictures: TakenPicture[];
  readonly problems: PictureProblem[];
  /** Files that show a picture which is there already. */
  duplicates: number;
  /** Files beyond the limit, not looked at. */
  left: number;
}

/** Pictures at most. */
export const MAX_PICTURES = 2000;
/** Files that are decoded at a time: the browser does it beside the page's own work. */
const SIDE_BY_SIDE = 2;

const keyOf = async (pixels: Uint8ClampedArray<ArrayBuffer>): Promise<string> =>
  (await sha256(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))).slice(0, 32);

type Outcome = TakenPicture | PictureProblem;

async function take({ file, folder }: PictureSource, shrinker: Shrinker): Promise<Outcome> {
  const { name } = file;
  try {
    const pixels = await decodeTile(file, shrinker);
    return { name, folder, pixels, key: await keyOf(pixels) };
  } catch (error) {
    const reason =
      error instanceof PictureError ? error.message : `${name} could not be read. Choose another picture.`;
    return { name, reason };
  }
}

/**
 * Takes files in their order.
 *
 * @param sources files; those that are no pictures are named
 * @param known keys of pictures that are there already
 * @returns what was taken; when the signal is aborted, what had been taken by then
 */
export async function takePictures(
  sources: readonly PictureSource[],
  known: ReadonlySet<string>,
  { signal, onProgress }: DatasetOptions = {},
): Promise<Intake> {
  const keys = new Set(known);
  const intake: Intake = { pictures: [], problems: [], duplicates: 0, left: 0 };
  const shrinker = new Shrinker();
  for (let at = 0; at < sources.length && signal?.aborted !== true; at += SIDE_BY_SIDE) {
    if (keys.size >= MAX_PICTURES) {
      intake.left = sources.length - at;
      break;
    }
    const some = sources.slice(at, at + SIDE_BY_SIDE);
    for (const outcome of await Promise.all(some.map((source) => take(source, shrinker)))) {
      if ('reason' in outcome) intake.problems.push(outcome);
      else if (keys.has(outcome.key)) intake.duplicates++;
      else if (keys.size >= MAX_PICTURES) intake.left++;
      else {
        keys.add(outcome.key);
        intake.pictures.push(outcome);
      }
    }
    onProgress?.({ done: at + some.length, of: sources.length });
    await yieldToEventLoop();
  }
  shrinker.end();
  return intake;
}
