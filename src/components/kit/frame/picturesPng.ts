// Rows of a result's pictures as one PNG, for download.
import { resizeRgba } from '../../../userContent/pictures/resize.ts';
import { gridPng } from '../pictures/gridPng.ts';
import { pictureAt, readSprite } from '../pictures/spritePictures.ts';
import type { Rgba } from '../latents/firstStage.ts';
import type { Picture } from './result.ts';

/** RGBA of a picture, live or recorded. */
export async function bytesOf(picture: Picture): Promise<Rgba> {
  if ('bytes' in picture) return picture.bytes;
  const { sheet, size, index } = picture;
  const pixels = await readSprite(sheet.src);
  return pictureAt(pixels, size, index % sheet.columns, Math.floor(index / sheet.columns));
}

/** All pictures at the size of the first: a recorded one may be of another model's. */
export async function picturesPng(rows: readonly (readonly Picture[])[]): Promise<Blob | undefined> {
  const size = rows[0]?.[0]?.size ?? 0;
  const scaled = async (picture: Picture): Promise<Rgba> => {
    const bytes = await bytesOf(picture);
    return picture.size === size
      ? bytes
      : resizeRgba(bytes, { width: picture.size, height: picture.size }, size);
  };
  return gridPng(await Promise.all(rows.map((row) => Promise.all(row.map(scaled)))), size);
}
