// Draws tensors on canvases: pictures as they are, latents through the diverging map.
import type { Sizes } from '../../../engine/protocol/messages.ts';
import { writeDiverging } from './diverging.ts';

/** RGBA bytes of image `index` out of `images` ([n, height, width, 4]); a copy. */
export function pickImage(images: Uint8ClampedArray, index: number, sizes: Sizes): ImageData {
  const length = sizes.imageWidth * sizes.imageHeight * 4;
  const bytes = new Uint8ClampedArray(images.subarray(index * length, (index + 1) * length));
  return new ImageData(bytes, sizes.imageWidth, sizes.imageHeight);
}

/**
 * The channels of image `index` as a picture, one pixel a number, with a clear column (or row) between channels.
 * @param latents [n, latentHeight, latentWidth, latentChannels]
 * @param range numbers of this size and beyond get the map's darkest colours
 * @param columns channels in a row: all of them side by side, or fewer for a block
 */
export function latentImage(
  latents: Float32Array,
  index: number,
  sizes: Sizes,
  range: number,
  columns: number = sizes.latentChannels,
): ImageData {
  const { latentWidth: w, latentHeight: h, latentChannels: channels } = sizes;
  const rows = Math.ceil(channels / columns);
  const image = new ImageData(columns * (w + 1) - 1, rows * (h + 1) - 1);
  for (let c = 0; c < channels; c++) {
    const left = (c % columns) * (w + 1);
    const top = Math.floor(c / columns) * (h + 1);
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const value = latents[((index * h + y) * w + x) * channels + c]!;
        writeDiverging(image.data, ((top + y) * image.width + left + x) * 4, value, range);
      }
    }
  }
  return image;
}

/**
 * The number behind pixel (x, y) of `latentImage`, with its place counted from 1; undefined between two channels.
 * @param columns channels in a row, as the image was made
 */
export function latentAt(
  latents: Float32Array,
  index: number,
  sizes: Sizes,
  { x, y }: { readonly x: number; readonly y: number },
  columns: number = sizes.latentChannels,
): { channel: number; row: number; column: number; value: number } | undefined {
  const { latentWidth: w, latentHeight: h, latentChannels: channels } = sizes;
  const across = Math.floor(x / (w + 1));
  const channel = Math.floor(y / (h + 1)) * columns + across;
  const column = x % (w + 1);
  const row = y % (h + 1);
  if (column === w || row === h || across >= columns || channel >= channels) return undefined;
  const value = latents[((index * h + row) * w + column) * channels + channel];
  return value === undefined ? undefined : { channel: channel + 1, row: row + 1, column: column + 1, value };
}

/** Puts `image` on `canvas`, pixel for pixel: the canvas takes its size. */
export function show(canvas: HTMLCanvasElement, image: ImageData): void {
  if (canvas.width !== image.width || canvas.height !== image.height) {
    canvas.width = image.width;
    canvas.height = image.height;
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}
