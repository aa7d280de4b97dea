// Thumbnails as one bitmap to draw from; made anew when there are others.
import type { Sheet } from './unfolding.ts';

/** Thumbnails that are not a bitmap yet. */
export interface Thumbnails {
  readonly image: ImageData;
  readonly columns: number;
  readonly size: number;
}

/** To be called while a component is set up. */
export function mapSheet(thumbnails: () => Thumbnails | undefined): { readonly image: Sheet | undefined } {
  let image: Sheet | undefined = $state.raw();
  $effect(() => {
    const of = thumbnails();
    image = undefined;
    if (of === undefined) return;
    let stale = false;
    let made: ImageBitmap | undefined;
    // Of pixels in memory: nothing to wait for, so no limit.
    void createImageBitmap(of.image).then((bitmap) => {
      made = bitmap;
      if (stale) bitmap.close();
      else image = { image: bitmap, columns: of.columns, size: of.size };
    });
    return () => {
      stale = true;
      made?.close();
    };
  });
  return {
    get image() {
      return image;
    },
  };
}

/** The first pictures of a set, RGB bytes [n, size, size, 3], as thumbnails. */
export function thumbnailsOf(pixels: Uint8Array, size: number, count: number): Thumbnails {
  const columns = Math.ceil(Math.sqrt(count));
  const image = new ImageData(columns * size, Math.ceil(count / columns) * size);
  for (let i = 0; i < count; i++) {
    const [left, top] = [(i % columns) * size, Math.floor(i / columns) * size];
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const source = ((i * size + y) * size + x) * 3;
        const target = ((top + y) * image.width + left + x) * 4;
        image.data[target] = pixels[source]!;
        image.data[target + 1] = pixels[source + 1]!;
        image.data[target + 2] = pixels[source + 2]!;
        image.data[target + 3] = 255;
      }
    }
  }
  return { image, columns, size };
}
