// Pixels of what the browser has decoded.
import { drawMiddle } from '../../datasets/middle.ts';
import { PictureError } from './errors.ts';

interface Sides {
  readonly width: number;
  readonly height: number;
}
type Source = ImageBitmap | HTMLImageElement;

/** What `draw` draws, [height, width, 4], not premultiplied. @throws DOMException where a page may not read it */
function drawn(
  { width, height }: Sides,
  draw: (context: CanvasRenderingContext2D) => void,
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
  draw(context);
  return new Uint8ClampedArray(context.getImageData(0, 0, width, height).data);
}

/** RGBA of `image` drawn at this size, [height, width, 4], not premultiplied. */
export const readPixels = (image: Source, size: Sides): Uint8ClampedArray<ArrayBuffer> =>
  drawn(size, (context) => {
    context.drawImage(image, 0, 0, size.width, size.height);
  });

/** RGBA of the square in the middle of `image`, [side, side, 4]. @param natural the image's own size */
export const readMiddle = (image: Source, natural: Sides, side: number): Uint8ClampedArray<ArrayBuffer> =>
  drawn({ width: side, height: side }, (context) => {
    drawMiddle(context, image, natural, side);
  });
