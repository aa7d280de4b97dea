// Makes the pictures that figures start from (public/pictures): squares of the photographs, faces of the test split.
//
// The photographs themselves lie in public/pictures/full, lossless; CREDITS.md says whose they are.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { faceIds, NUM_FACES, photoIds, type PhotoId } from '../../src/userContent/pictures/ids.ts';
import { resizeRgba } from '../../src/userContent/pictures/resize.ts';
import { captionFor } from '../../src/datasets/captions.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import { renderFace } from '../../src/datasets/faces.ts';
import { Rng } from '@noisebook/ldm/numbers';
import { rasterize } from '../lib/rasterize.ts';

const folder = join(import.meta.dirname, '../../public/pictures');
const COLUMNS = 8;

/** The square of each photograph that is shown, in its pixels. Chosen by eye for 64 x 64. */
const crops: Readonly<Record<PhotoId, { left: number; top: number; side: number }>> = {
  cat: { left: 80, top: 0, side: 300 },
  cup: { left: 78, top: 0, side: 400 },
  astronaut: { left: 66, top: 0, side: 320 },
};

function write(name: string, content: Buffer | string): void {
  writeFileSync(join(folder, name), content);
  console.log(`public/pictures/${name}: ${content.length} bytes`);
}

const lossless = (image: Sharp): Promise<Buffer> => image.webp({ lossless: true, effort: 6 }).toBuffer();

/** A square of a photograph at `size` x `size` pixels. */
function square(id: PhotoId, size: number): Sharp {
  const { left, top, side } = crops[id];
  return sharp(join(folder, `full/${id}.webp`))
    .extract({ left, top, width: side, height: side })
    .resize(size, size);
}

/** Pictures of `size` x `size` pixels, opaque RGBA, side by side and below each other. */
function grid(pictures: readonly Uint8ClampedArray[], size: number, columns: number): Sharp {
  const rows = Math.ceil(pictures.length / columns);
  const sheet = new Uint8ClampedArray(columns * rows * size * size * 4).fill(255);
  pictures.forEach((picture, i) => {
    const left = (i % columns) * size;
    const top = Math.floor(i / columns) * size;
    for (let y = 0; y < size; y++) {
      const line = picture.subarray(y * size * 4, (y + 1) * size * 4);
      sheet.set(line, ((top + y) * columns * size + left) * 4);
    }
  });
  return sharp(sheet, { raw: { width: columns * size, height: rows * size, channels: 4 } }).removeAlpha();
}

async function photographs(): Promise<void> {
  const small: Uint8ClampedArray[] = [];
  const thumbnails: Uint8ClampedArray[] = [];
  for (const id of photoIds) {
    const file = await lossless(square(id, 256));
    write(`${id}-256.webp`, file);
    const pixels = new Uint8ClampedArray(await sharp(file).ensureAlpha().raw().toBuffer());
    small.push(resizeRgba(pixels, { width: 256, height: 256 }, 64));
    thumbnails.push(resizeRgba(pixels, { width: 256, height: 256 }, 128));
  }
  write('photos-64.webp', await lossless(grid(small, 64, small.length)));
  write(
    'photos-thumbnails.webp',
    await grid(thumbnails, 128, thumbnails.length).webp({ quality: 80, effort: 6 }).toBuffer(),
  );
}

async function faces(): Promise<void> {
  const all = Array.from({ length: NUM_FACES }, (_, i) => sampleFace('test', i));
  const pictures = all.map((face) => {
    const rgb = renderFace(face, 64, rasterize);
    const rgba = new Uint8ClampedArray(64 * 64 * 4).fill(255);
    for (let i = 0; i < 64 * 64; i++) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    return rgba;
  });
  write('faces-64.webp', await lossless(grid(pictures, 64, COLUMNS)));
  const facts = all.map((face, i) => ({
    id: faceIds[i],
    caption: captionFor(face, new Rng(`pictures/${i}`), 4).text,
    face,
  }));
  write('faces-64.json', `[\n${facts.map((each) => ` ${JSON.stringify(each)}`).join(',\n')}\n]\n`);
}

export async function record(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await photographs();
  await faces();
}
