// Images side by side as one PNG file, larger than they are.

const ENLARGE = 4;

/**
 * @param images undefined for one that is still to be computed: then there is no file yet
 * @param pixelated true for tensors of which every number counts: hard edges, a gap between them
 */
export async function imagesPng(
  images: readonly (ImageData | undefined)[],
  pixelated: boolean,
): Promise<Blob | undefined> {
  const first = images[0];
  if (first === undefined) return undefined;
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
    // Of pixels in memory: nothing to wait for, so no limit.
    const bitmap = await createImageBitmap(image);
    context.drawImage(bitmap, i * (image.width * cell + gap), 0, image.width * cell, image.height * cell);
    bitmap.close();
  }
  return canvas.convertToBlob({ type: 'image/png' });
}
