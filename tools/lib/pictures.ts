// The pictures that figures start from, in Node: the same pixels as `loadPicture` gives in the page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { faceNumber, photoIds, photoOf } from '../../src/userContent/pictures/ids.ts';
import { resizeRgba } from '../../src/userContent/pictures/resize.ts';
import { tile } from '../../src/userContent/pictures/square.ts';
import type { Face } from '../../src/datasets/faceAttributes.ts';
import { faceSvg } from '../../src/datasets/faces.ts';
import { rasterize } from './rasterize.ts';

const folder = join(import.meta.dirname, '../../public/pictures');

export interface NodePicture {
  /** RGBA, opaque, [height, width, 4]. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** A lossless file of public/pictures. */
export async function readPictureFile(name: string): Promise<NodePicture> {
  const { data, info } = await sharp(join(folder, name))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

/** The facts of the sixty-four faces. */
export const pictureFaces = (): readonly {
  readonly id: string;
  readonly caption: string;
  readonly face: Face;
}[] => JSON.parse(readFileSync(join(folder, 'faces-64.json'), 'utf8')) as ReturnType<typeof pictureFaces>;

/**
 * `loadPicture` of the page. Photographs at every size and faces at 64 are equal to the last byte; faces at other sizes
 * are drawn by resvg, which smooths edges a little differently from browsers.
 * @returns RGBA, opaque, [size, size, 4]
 */
export async function readPicture(id: string, size: number): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const photo = photoOf(id);
  if (photo !== undefined) {
    if (size === 64) {
      return tile(await readPictureFile('photos-64.webp'), 64, photoIds.length, photoIds.indexOf(photo));
    }
    const { pixels, ...sides } = await readPictureFile(`${photo}-256.webp`);
    return resizeRgba(pixels, sides, size);
  }
  const face = faceNumber(id);
  if (face === undefined) throw new Error(`readPicture: expected a photograph or a face, got ${id}`);
  if (size === 64) return tile(await readPictureFile('faces-64.webp'), 64, 8, face);
  return new Uint8ClampedArray(rasterize(faceSvg(pictureFaces()[face]!.face), size));
}
