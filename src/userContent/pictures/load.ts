// Pictures by name as pixels: photographs and faces of the site, or the reader's own.
import type { Face } from '../../datasets/faceAttributes.ts';
import { bitmapInTime } from '../../loading/decodeInTime.ts';
import { fetchInTime } from '../../loading/fetchInTime.ts';
import { readPixels } from './canvas.ts';
import { decodeFile, type DecodedPicture } from './decodeFile.ts';
import { PictureError } from './errors.ts';
import { faceNumber, USER_PICTURE, photoIds, photoOf, type PhotoId } from './ids.ts';
import { userPicture, shownId } from './userPicture.svelte.ts';
import { renderFaceInBrowser } from './renderFace.ts';
import { resizeRgba } from './resize.ts';
import { tile } from './square.ts';

/** What is known about a face of the sprite. */
export interface PictureFace {
  readonly id: string;
  readonly caption: string;
  readonly face: Face;
}

const SMALL = 64;
const LARGE = 256;
const FACE_COLUMNS = 8;

const fetched = new Map<string, Promise<unknown>>();

/** Fetches and reads one of the site's files, once; a failure is tried again the next time. */
function once<T>(path: string, read: (file: Blob) => Promise<T>): Promise<T> {
  const known = fetched.get(path) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const loading = (async () => {
    const base = import.meta.env.BASE_URL;
    const url = `${base.endsWith('/') ? base : `${base}/`}pictures/${path}`;
    try {
      return await read(await fetchInTime(url, 'the picture'));
    } catch (cause) {
      fetched.delete(path);
      throw new PictureError(
        'unreachable',
        'The picture could not be fetched. Check the connection, then choose it again.',
        { cause },
      );
    }
  })();
  fetched.set(path, loading);
  return loading;
}

/** A lossless file of the site: its pixels are the same everywhere. */
const filePixels = (path: string): Promise<DecodedPicture> =>
  once(path, async (file) => {
    const image = await bitmapInTime(file, 'the picture', { colorSpaceConversion: 'none' });
    const { width, height } = image;
    const pixels = readPixels(image, { width, height });
    image.close();
    return { pixels, width, height };
  });

/** The facts and a caption of each of the sixty-four faces. */
export const pictureFaces = (): Promise<readonly PictureFace[]> =>
  once('faces-64.json', async (file) => JSON.parse(await file.text()) as readonly PictureFace[]);

async function photo(id: PhotoId, size: number): Promise<Uint8ClampedArray<ArrayBuffer>> {
  if (size === SMALL)
    return tile(await filePixels('photos-64.webp'), SMALL, photoIds.length, photoIds.indexOf(id));
  const { pixels, ...sides } = await filePixels(`${id}-${LARGE}.webp`);
  return resizeRgba(pixels, sides, size);
}

async function face(number: number, size: number): Promise<Uint8ClampedArray<ArrayBuffer>> {
  if (size === SMALL) return tile(await filePixels('faces-64.webp'), SMALL, FACE_COLUMNS, number);
  return renderFaceInBrowser((await pictureFaces())[number]!.face, size);
}

/**
 * A picture as a square of pixels; a copy, do with it what you like. In an effect the reader's own picture is tracked.
 * @param id one of `pictureIds`, or a file. 'own' without a picture of the reader's gives its stand-in (`shownId`)
 * @param size pixels a side
 * @returns RGBA, opaque, [size, size, 4]
 * @throws {PictureError}
 */
export async function loadPicture(id: string | File, size: number): Promise<Uint8ClampedArray<ArrayBuffer>> {
  if (id instanceof File) return resized((await decodeFile(id)).square, size);
  const shown = shownId(id);
  const picture = shown === USER_PICTURE ? userPicture() : undefined;
  if (picture !== undefined) return resized(picture.square, size);
  const photograph = photoOf(shown);
  if (photograph !== undefined) return photo(photograph, size);
  const number = faceNumber(shown);
  if (number !== undefined) return face(number, size);
  throw new PictureError(
    'unknown',
    `There is no picture named ${JSON.stringify(shown)}. Choose one of those offered.`,
  );
}

/**
 * A picture whole, not cropped: photographs as their makers left them (300 to 600 pixels a side), the reader's own with
 * at most 1024 a side, faces at 256. Do not write into it.
 */
export async function loadWhole(id: string): Promise<DecodedPicture> {
  const shown = shownId(id);
  const picture = shown === USER_PICTURE ? userPicture() : undefined;
  if (picture !== undefined) return picture;
  const photograph = photoOf(shown);
  if (photograph !== undefined) return filePixels(`full/${photograph}.webp`);
  return { pixels: await loadPicture(shown, LARGE), width: LARGE, height: LARGE };
}

const resized = ({ pixels, width, height }: DecodedPicture, size: number): Uint8ClampedArray<ArrayBuffer> =>
  resizeRgba(pixels, { width, height }, size);
