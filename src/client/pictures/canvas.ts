// Pixels of what the browser has decoded.
import { PictureError } from './errors.ts';

/** RGBA of `image` drawn at this size, [height, width, 4], not premultiplied. */
export function readPixels(
  image: ImageBitmap | HTMLImageElement,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8ClampedArray<ArrayBuffer> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) {
    throw new PictureError(
      'too-large',
      'This browser has no room to draw the picture. Close other tabs, then try again.',
    );
  }
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  return new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
}
