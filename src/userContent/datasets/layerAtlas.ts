// Layers of faces as pixels: each is drawn once by the browser, then laid over others as often as needed.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { layerSheetSvg } from '../../datasets/faceLayers.ts';
import { imageInTime } from '../../loading/decodeInTime.ts';
import { PictureError } from '../pictures/errors.ts';

/** Layers that are decoded together, in one slice of the page's time. */
const SHEET = 8;

/** @throws {PictureError} when the browser gives no canvas */
export function canvasOf(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) {
    throw new PictureError(
      'too-large',
      'This browser has no room to draw the faces. Close other tabs, then try again.',
    );
  }
  return context;
}

export class LayerAtlas {
  readonly size: number;
  readonly #places = new Map<string, { readonly sheet: HTMLCanvasElement; readonly left: number }>();

  /** @param size pixels a side */
  constructor(size: number) {
    this.size = size;
  }

  /** Decodes those layers that are not there yet. */
  async add(layers: Iterable<string>): Promise<void> {
    const missing = [...new Set(layers)].filter((layer) => !this.#places.has(layer));
    for (let from = 0; from < missing.length; from += SHEET) {
      const some = missing.slice(from, from + SHEET);
      const svg = layerSheetSvg(some, this.size, some.length);
      const image = await imageInTime(`data:image/svg+xml,${encodeURIComponent(svg)}`, 'parts of the faces');
      await yieldToEventLoop();
      const context = canvasOf(some.length * this.size, this.size);
      context.drawImage(image, 0, 0);
      some.forEach((layer, i) => {
        this.#places.set(layer, { sheet: context.canvas, left: i * this.size });
      });
    }
  }

  /** Lays layers over each other, the first lowest, with the corner at (left, top). All must have been added. */
  draw(context: CanvasRenderingContext2D, layers: readonly string[], left: number, top: number): void {
    const { size } = this;
    for (const layer of layers) {
      const place = this.#places.get(layer);
      if (place === undefined) throw new Error('LayerAtlas: expected a layer that was added before.');
      context.drawImage(place.sheet, place.left, 0, size, size, left, top, size, size);
    }
  }
}
