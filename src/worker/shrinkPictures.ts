// A small worker that decodes a reader's pictures and makes them small, so that the page need not: its only entry.
import type { ShrinkReply, ShrinkRequest } from '../protocol/shrink.ts';

/** The square in the middle of a picture, turned as its EXIF data say. */
async function shrink({ id, file, side: most, maxPixels }: ShrinkRequest): Promise<ShrinkReply> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (error) {
    return { id, outcome: 'unopened', message: String(error), width: 0, height: 0 };
  }
  const { width, height } = image;
  try {
    if (width * height > maxPixels) return { id, outcome: 'too-large', message: '', width, height };
    const from = Math.min(width, height);
    const side = Math.min(from, most);
    const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('no canvas');
    context.imageSmoothingQuality = 'high';
    const [left, top] = [Math.floor((width - from) / 2), Math.floor((height - from) / 2)];
    context.drawImage(image, left, top, from, from, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    return { id, outcome: 'shrunk', pixels: new Uint8ClampedArray(data), side };
  } catch (error) {
    return { id, outcome: 'unopened', message: String(error), width, height };
  } finally {
    image.close();
  }
}

self.addEventListener('message', ({ data }: MessageEvent<ShrinkRequest>) => {
  void shrink(data).then((reply) => {
    const transfer = reply.outcome === 'shrunk' ? [reply.pixels.buffer] : [];
    self.postMessage(reply, { transfer });
  });
});
