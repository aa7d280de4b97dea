// What the recorders of the latent figures share: pictures through the first stage, and small lossless sprites.
import * as tf from '@tensorflow/tfjs-core';
import sharp, { type Sharp } from 'sharp';
import type { WidePicture } from '../../src/components/kit/frame/result.ts';
import { resizeRgba } from '../../src/userContent/pictures/resize.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import { faceSvg } from '../../src/datasets/faces.ts';
import { rgbOf } from '@noisebook/ldm/numbers';
import { rasterize } from './rasterize.ts';

/** A first stage, or a pipeline that has one. */
export interface Coder {
  readonly latentChannels: number;
  encode(images: tf.Tensor4D): tf.Tensor4D;
  decode(latents: tf.Tensor4D): tf.Tensor4D;
}

/** RGBA bytes of a square picture. */
export type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** Pictures at a time, so that hundreds of them fit into memory. */
const BATCH = 16;

/** Test face `index` at 64 x 64 pixels, as the page has it. */
export function testFace(index: number): Rgba {
  return Uint8ClampedArray.from(rasterize(faceSvg(sampleFace('test', index)), 64));
}

function inBatches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) =>
    items.slice(i * BATCH, (i + 1) * BATCH),
  );
}

/** Raw latents of pictures of one size, each [h, w, c]. */
export async function encodeAll(coder: Coder, pictures: readonly Rgba[]): Promise<Float32Array[]> {
  const latents: Float32Array[] = [];
  for (const batch of inBatches(pictures)) {
    const side = Math.sqrt(batch[0]!.length / 4);
    const values = Float32Array.from(
      batch.flatMap((rgba) => [...rgbOf(rgba)]),
      (byte) => byte / 127.5 - 1,
    );
    const x = tf.tensor4d(values, [batch.length, side, side, 3]);
    const z = coder.encode(x);
    const data = Float32Array.from(await z.data<'float32'>());
    tf.dispose([x, z]);
    const length = data.length / batch.length;
    batch.forEach((_, i) => latents.push(data.slice(i * length, (i + 1) * length)));
  }
  return latents;
}

/** Pictures of raw latents, each [h, w, c]. */
export async function decodeAll(coder: Coder, latents: readonly ArrayLike<number>[]): Promise<Rgba[]> {
  const pictures: Rgba[] = [];
  const { latentChannels } = coder;
  for (const batch of inBatches(latents)) {
    const side = Math.sqrt(batch[0]!.length / latentChannels);
    const values = Float32Array.from(batch.flatMap((z) => Array.from(z)));
    const z = tf.tensor4d(values, [batch.length, side, side, latentChannels]);
    const x = coder.decode(z);
    const data = await x.data<'float32'>();
    const length = data.length / batch.length;
    batch.forEach((_, i) => {
      const rgba = new Uint8ClampedArray((length / 3) * 4).fill(255);
      for (let p = 0; p < length / 3; p++) {
        // Rounded and clipped by the array, as in the page's worker.
        for (let k = 0; k < 3; k++) rgba[p * 4 + k] = (data[i * length + p * 3 + k]! + 1) * 127.5;
      }
      pictures.push(rgba);
    });
    tf.dispose([z, x]);
  }
  return pictures;
}

/** Pictures of one size in a WebP file that keeps every byte, `columns` in a row. */
export const losslessSprite = (pictures: readonly Rgba[], columns: number): Promise<Buffer> =>
  sheetOf(pictures, columns).webp({ lossless: true, exact: true, effort: 6 }).toBuffer();

/** The same as a figure asks for it: every byte without `quality`, nearly every one with 'crisp'. */
export const spriteFile = (
  pictures: readonly Rgba[],
  columns: number,
  quality: number | 'crisp' | undefined,
): Promise<Buffer> => {
  if (quality === undefined) return losslessSprite(pictures, columns);
  if (quality !== 'crisp') return spriteOf(pictures, columns, quality);
  return sheetOf(pictures, columns).webp({ nearLossless: true, quality: 40, effort: 6 }).toBuffer();
};

/** The same in fewer bytes. @param quality 1 to 100 */
export const spriteOf = (pictures: readonly Rgba[], columns: number, quality: number): Promise<Buffer> =>
  sheetOf(pictures, columns).webp({ quality, effort: 6, smartSubsample: true }).toBuffer();

/** Pictures of one size with their middles at `places` (0 to 1) of a square of `side` pixels, each `small` pixels a side. */
export async function scatterFile(
  pictures: readonly Rgba[],
  places: readonly { readonly x: number; readonly y: number }[],
  side: number,
  small: number,
): Promise<Buffer> {
  const pieces = pictures.map(async (rgba, i) => {
    const { x, y } = places[i]!;
    const size = Math.sqrt(rgba.length / 4);
    const picture = sharp(rgbOf(rgba), { raw: { width: size, height: size, channels: 3 } });
    return {
      input: await picture.resize(small, small).png().toBuffer(),
      left: Math.round(x * side - small / 2),
      top: Math.round(y * side - small / 2),
    };
  });
  return sharp({ create: { width: side, height: side, channels: 4, background: '#0000' } })
    .composite(await Promise.all(pieces))
    .webp({ quality: 62, alphaQuality: 60, effort: 6 })
    .toBuffer();
}

/** A WebP file of a picture of any shape: every byte of it, or less where a quality is asked for. */
export function wideFile({
  pixels = new Uint8ClampedArray(),
  width,
  height,
  quality,
}: WidePicture): Promise<Buffer> {
  const picture = sharp(Buffer.from(pixels), { raw: { width, height, channels: 4 } });
  return quality === undefined
    ? picture.webp({ lossless: true }).toBuffer()
    : picture.removeAlpha().webp({ quality, effort: 6 }).toBuffer();
}

/** With an alpha channel if one of the pictures needs it. */
function sheetOf(pictures: readonly Rgba[], columns: number): Sharp {
  const side = Math.sqrt(pictures[0]!.length / 4);
  const rows = Math.ceil(pictures.length / columns);
  const width = columns * side;
  const clear = pictures.some((rgba) => rgba.some((byte, i) => i % 4 === 3 && byte < 255));
  const channels = clear ? 4 : 3;
  const sheet = new Uint8Array(width * rows * side * channels);
  pictures.forEach((rgba, i) => {
    const bytes = clear ? rgba : rgbOf(rgba);
    const [left, top] = [(i % columns) * side, Math.floor(i / columns) * side];
    const row = side * channels;
    for (let y = 0; y < side; y++) {
      sheet.set(bytes.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels);
    }
  });
  return sharp(sheet, { raw: { width, height: rows * side, channels } });
}

/** The value below which a part `p` (0 to 1) of the values lies. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

/**
 * How far a picture is from the nearest of the first `count` training faces: the root mean square difference, of 255, at
 * 16 x 16 pixels, where a hair's breadth does not count.
 */
export function distanceToFaces(count: number): (picture: Rgba) => number {
  const small = (rgba: Rgba): Rgba => resizeRgba(rgba, { width: 64, height: 64 }, 16);
  const faces = Array.from({ length: count }, (_, i) =>
    small(Uint8ClampedArray.from(rasterize(faceSvg(sampleFace('train', i)), 64))),
  );
  return (picture) => {
    const rgba = small(picture);
    let best = Number.POSITIVE_INFINITY;
    for (const face of faces) {
      let sum = 0;
      // Alpha is the same everywhere.
      for (let i = 0; i < rgba.length; i++) sum += (rgba[i]! - face[i]!) ** 2;
      best = Math.min(best, sum);
    }
    return Math.sqrt(best / ((rgba.length / 4) * 3));
  };
}
