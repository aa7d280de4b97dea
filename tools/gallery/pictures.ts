// Pictures for the gallery: the notebook's own faces, as recorded pictures and as bytes of live ones.
import { live, type LivePicture, type RecordedPicture } from '../../src/components/kit/frame/result.ts';

/** Faces a side in the file. */
const COLUMNS = 8;

/** Face `number`, from 0. */
export const face = (number: number): RecordedPicture => ({
  size: 64,
  sheet: { src: '/pictures/faces-64.webp', columns: COLUMNS, rows: COLUMNS },
  index: number,
});

/** A picture that needs no file: two colours that run into each other. @param shift 0 to 1, where the bright part is */
export function gradient(shift: number, size = 64): LivePicture {
  const bytes = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const near = Math.hypot(x / size - shift, y / size - 0.5);
      bytes.set([240 - 200 * near, 150 + 60 * shift, 90 + 140 * near, 255], (y * size + x) * 4);
    }
  }
  return live(bytes);
}

/** Numbers in (−3, 3) that look like latents. */
export const waves = (count: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => 2.4 * Math.sin(i * 0.37) * Math.cos(i * 0.011));
