// Rows of a result's pictures as one PNG, for download.
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

/** @param rows pictures of one size */
export async function picturesPng(rows: readonly (readonly Picture[])[]): Promise<Blob | undefined> {
  const bytes = await Promise.all(rows.map((row) => Promise.all(row.map(bytesOf))));
  return gridPng(bytes, rows[0]?.[0]?.size ?? 0);
}
