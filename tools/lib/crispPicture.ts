// One picture whose single pixels count, noise above all: lossy files would smear them.
import sharp from 'sharp';
import { toRgbImages } from './sprite.ts';

/**
 * @param values [size, size, 3] in [-1, 1]; what lies outside becomes black or white
 * @returns a WebP file, nearly without loss
 */
export async function crispPicture(values: Float32Array, size: number): Promise<Buffer> {
  const [image = new Uint8Array()] = toRgbImages(values, size);
  const raw = { width: size, height: size, channels: 3 as const };
  return sharp(image, { raw }).webp({ nearLossless: true, quality: 40, effort: 6 }).toBuffer();
}
