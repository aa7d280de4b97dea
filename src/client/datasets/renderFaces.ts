// Draws many faces in the browser, a sheet at a time, so that no slice of it keeps the page from answering.
import type { Face } from '../../datasets/face-attributes.ts';
import { PictureError } from '../pictures/errors.ts';
import { breathe, type DatasetOptions } from './progress.ts';

/** Faces of a first sheet, and at most. Sheets shrink where a slice takes long, and grow back. */
const FIRST = 8;
const MOST = 32;
const COLUMNS = 4;
/** Milliseconds that a sheet may take on the page's thread, all its slices together. */
const ENOUGH = 24;

/** Draws sheets on one canvas. */
class SheetPainter {
  readonly #size: number;
  readonly #context: CanvasRenderingContext2D;

  constructor(size: number) {
    this.#size = size;
    const canvas = document.createElement('canvas');
    canvas.width = COLUMNS * size;
    canvas.height = Math.ceil(MOST / COLUMNS) * size;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) {
      throw new PictureError(
        'too-large',
        'This browser has no room to draw the faces. Close other tabs, then try again.',
      );
    }
    this.#context = context;
  }

  /** RGBA of a sheet, [rows * size, COLUMNS * size, 4]. */
  async paint(svg: string, rows: number): Promise<{ pixels: Uint8ClampedArray; ms: number }> {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    await image.decode();
    await breathe();
    const begin = performance.now();
    const [width, height] = [COLUMNS * this.#size, rows * this.#size];
    this.#context.drawImage(image, 0, 0, width, height);
    const { data } = this.#context.getImageData(0, 0, width, height);
    return { pixels: data, ms: performance.now() - begin };
  }
}

/** Copies the RGB of picture `index` of a sheet to where `out` begins. */
function copyTile(sheet: Uint8ClampedArray, size: number, index: number, out: Uint8Array): void {
  const left = (index % COLUMNS) * size;
  const top = Math.floor(index / COLUMNS) * size;
  for (let y = 0, to = 0; y < size; y++) {
    let from = ((top + y) * COLUMNS * size + left) * 4;
    for (let x = 0; x < size; x++, from += 4, to += 3) {
      out[to] = sheet[from] ?? 0;
      out[to + 1] = sheet[from + 1] ?? 0;
      out[to + 2] = sheet[from + 2] ?? 0;
    }
  }
}

/**
 * Faces as pixels. Browsers smooth edges a little differently from each other: close, not equal, from one to another.
 *
 * @param count how many
 * @param faceAt the face of each number from 0; asked in order
 * @param size pixels a side
 * @returns RGB, [count, size, size, 3]
 * @throws the signal's reason when it is aborted; {@link PictureError} when the browser cannot draw
 */
export async function renderFaces(
  count: number,
  faceAt: (index: number) => Face,
  size: number,
  { signal, onProgress }: DatasetOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  // The drawing kit (DiceBear) is fetched when the first faces are asked for.
  const { faceSheetSvg } = await import('../../datasets/faceSheet.ts');
  const each = size * size * 3;
  const out = new Uint8Array(count * each);
  const painter = new SheetPainter(size);
  for (let done = 0, sheet = FIRST; done < count;) {
    signal?.throwIfAborted();
    const number = Math.min(sheet, count - done);
    const begin = performance.now();
    const faces = Array.from({ length: number }, (_, i) => faceAt(done + i));
    const svg = faceSheetSvg(faces, size, COLUMNS);
    const wrote = performance.now() - begin;
    const { pixels, ms } = await painter.paint(svg, Math.ceil(number / COLUMNS));
    faces.forEach((_, i) => {
      copyTile(pixels, size, i, out.subarray((done + i) * each, (done + i + 1) * each));
    });
    done += number;
    onProgress?.({ done, of: count });
    const took = Math.max(wrote, ms);
    if (took > ENOUGH) sheet = Math.max(COLUMNS, sheet / 2);
    else if (took < ENOUGH / 4) sheet = Math.min(MOST, sheet * 2);
    await breathe();
  }
  return out;
}
