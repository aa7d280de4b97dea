// The browser's own encoders: pixels to the bytes of a file, and back.
import { bitmapInTime } from '../../../loading/decodeInTime.ts';

/** A picture of any shape. */
export interface Pixels {
  /** RGBA, opaque, [height, width, 4]. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

type FileType = 'image/jpeg' | 'image/png';

/** A picture that went through a file. */
export interface Compressed extends Pixels {
  readonly content: Uint8Array<ArrayBuffer>;
  /** What the browser made: a browser may give another type than it was asked for. */
  readonly type: string;
  /** The browser that made it; undefined for the reader's own. */
  readonly by?: string;
}

/**
 * Encodes a picture and decodes it again.
 * @param quality 0 to 1, for types that lose something
 */
export type Compress = (picture: Pixels, type: FileType, quality?: number) => Promise<Compressed>;

/** The file that this browser makes of a picture. @param quality 0 to 1, for types that lose something */
export async function encodePicture(
  { pixels, width, height }: Pixels,
  type: FileType,
  quality?: number,
): Promise<Blob> {
  const image = new ImageData(pixels, width, height);
  if (typeof OffscreenCanvas !== 'undefined') {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d', { willReadFrequently: true })?.putImageData(image, 0, 0);
    return canvas.convertToBlob({ type, ...(quality !== undefined && { quality }) });
  }
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d', { willReadFrequently: true })?.putImageData(image, 0, 0);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, type, quality));
  if (blob === null) throw new Error('This browser’s encoder made no file. Choose a smaller picture.');
  return blob;
}

/** The pixels of a file, as this browser decodes it. */
export async function decodePicture(blob: Blob): Promise<Pixels> {
  const image = await bitmapInTime(blob, 'the picture', { colorSpaceConversion: 'none' });
  const { width, height } = image;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('This browser gives no 2d canvas, which this figure needs.');
  context.drawImage(image, 0, 0);
  image.close();
  return { pixels: new Uint8ClampedArray(context.getImageData(0, 0, width, height).data), width, height };
}

export const compress: Compress = async (picture, type, quality) => {
  const blob = await encodePicture(picture, type, quality);
  return {
    ...(await decodePicture(blob)),
    content: new Uint8Array(await blob.arrayBuffer()),
    type: blob.type,
  };
};
