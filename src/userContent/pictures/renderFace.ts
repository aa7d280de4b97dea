// Draws a face from its facts in the browser. The drawing kit (DiceBear) is fetched when the first face is asked for.
import type { Face } from '../../datasets/faceAttributes.ts';
import { imageInTime } from '../../loading/decodeInTime.ts';
import { loadPart } from '../../loading/loadPart.ts';
import { readPixels } from './canvas.ts';
import { fillWhite } from './resize.ts';

/**
 * A face at `size` x `size` pixels. Browsers smooth edges a little differently from the renderer that made the training
 * set, so the pixels are close to it, not equal; tests/e2e/pictures.spec.ts holds how close.
 * @returns RGBA, opaque, [size, size, 4]
 */
export async function renderFaceInBrowser(face: Face, size: number): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const svgOf = await loadPart(
    import('../../datasets/faces.ts').then(({ faceSvg }) => faceSvg),
    'the code that draws faces',
  );
  // Some browsers draw an SVG without a size of its own as nothing.
  const svg = svgOf(face).replace(/^<svg /, `<svg width="${size}" height="${size}" `);
  const image = await imageInTime(`data:image/svg+xml,${encodeURIComponent(svg)}`, 'the face');
  const pixels = readPixels(image, { width: size, height: size });
  fillWhite(pixels);
  return pixels;
}
