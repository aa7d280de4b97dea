// A small worker that decodes a reader's pictures and makes them small, so that the page need not: its only entry.
import { drawMiddle } from '../../datasets/middle.ts';
import type { ShrinkReply, ShrinkRequest } from '../../engine/protocol/shrink.ts';

/** The square in the middle of a picture, turned as its EXIF data say. */
async function shrink({ id, file, side: most, maxPixels }: ShrinkRequest): Promise<ShrinkReply> {
  let image: ImageBitmap;
  try {
    // The page gives up a decoder that hangs, and ends this worker (shrinker.ts).
    image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch (error) {
    return { id, outcome: 'unopened', message: String(error), width: 0, height: 0 };
  }
  const { width, height } = image;
  try {
    if (width * height > maxPixels) return { id, outcome: 'too-large', message: '', width, height };
    const side = Math.min(width, height, most);
    const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('no canvas');
    drawMiddle(context, image, image, side);
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
