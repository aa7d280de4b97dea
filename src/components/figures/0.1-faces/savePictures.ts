// The four images of a step side by side as one PNG file, four times as large as the tensors.
import type { View } from './faceRun.ts';

const ENLARGE = 4;

/** Of the pictures of `view` that the tiles show; undefined while the step's pictures are still to be computed. */
export async function picturesAsPng(
  images: readonly (ImageData | undefined)[],
  view: View,
): Promise<Blob | undefined> {
  const first = images[0];
  if (first === undefined) return undefined;
  const pixelated = view === 'latents';
  const cell = pixelated ? 16 : ENLARGE;
  const gap = pixelated ? cell : 0;
  const canvas = new OffscreenCanvas(
    first.width * cell * images.length + gap * (images.length - 1),
    first.height * cell,
  );
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  context.imageSmoothingEnabled = !pixelated;
  context.imageSmoothingQuality = 'high';
  for (const [i, image] of images.entries()) {
    if (image === undefined) return undefined;
    const bitmap = await createImageBitmap(image);
    context.drawImage(bitmap, i * (image.width * cell + gap), 0, image.width * cell, image.height * cell);
    bitmap.close();
  }
  return canvas.convertToBlob({ type: 'image/png' });
}
