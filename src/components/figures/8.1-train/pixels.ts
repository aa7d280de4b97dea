// Pictures of events as pictures to draw.
import type { LabPicturesEvent } from '../../../engine/protocol/lab.ts';
import { latentImage, pickImage } from '../../kit/pictures/draw.ts';

const square = (size: number) => ({
  numImages: 1,
  imageWidth: size,
  imageHeight: size,
  latentWidth: 0,
  latentHeight: 0,
  latentChannels: 0,
});

/** Picture `index` of RGBA bytes, [n, size, size, 4]; undefined where there are no bytes (yet). */
export const pictureOf = (
  bytes: Uint8ClampedArray<ArrayBuffer>,
  index: number,
  size: number,
): ImageData | undefined =>
  bytes.length < (index + 1) * size * size * 4 ? undefined : pickImage(bytes, index, square(size));

/** Channels in a row, so that a picture's latent is a block without a gap, about square. */
export function latentColumns(channels: number): number {
  if (channels <= 3) return channels;
  return (
    [4, 3, 2].find((columns) => channels % columns === 0 && channels >= 2 * columns) ??
    Math.ceil(Math.sqrt(channels))
  );
}

/** The latent of picture `index`, its channels as a block. */
export function latentPicture(
  { latents, latentSize, latentChannels }: LabPicturesEvent,
  index: number,
  range: number,
): ImageData | undefined {
  const length = latentSize * latentSize * latentChannels;
  if (latents.length < (index + 1) * length) return undefined;
  const sizes = { ...square(0), latentWidth: latentSize, latentHeight: latentSize, latentChannels };
  return latentImage(latents, index, sizes, range, latentColumns(latentChannels));
}

/** The range of the colour map for these numbers: nearly all of them within it, in halves. */
export function rangeOf(latents: Float32Array): number {
  let sum = 0;
  for (const value of latents) sum += value * value;
  const rms = Math.sqrt(sum / Math.max(1, latents.length));
  return Math.max(0.5, Math.ceil(2.5 * rms * 2) / 2);
}
