// Draws many faces in the browser, a few at a time, so that no slice of it keeps the page from answering.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import type { Face } from '../../datasets/faceAttributes.ts';
import { loadPart } from '../../loading/loadPart.ts';
import type { DatasetOptions } from './progress.ts';

/** Faces on one canvas: a row. */
const ROW = 16;
/** Milliseconds of work after which the work yields to the event loop. */
const SLICE = 8;

/** Copies the RGB of picture `index` of a row of opaque RGBA to `out`, [size, size, 3]. */
function copyTile(row: Uint8ClampedArray, size: number, index: number, out: Uint8Array): void {
  for (let y = 0, to = 0; y < size; y++) {
    let from = (y * ROW + index) * size * 4;
    for (let x = 0; x < size; x++, from += 4, to += 3) {
      out[to] = row[from] ?? 0;
      out[to + 1] = row[from + 1] ?? 0;
      out[to + 2] = row[from + 2] ?? 0;
    }
  }
}

/**
 * Faces as pixels, layer by layer (src/datasets/faceLayers.ts). Browsers smooth edges a little differently from each other:
 * close, not equal, from one to another; tests/e2e/datasets.spec.ts holds how close.
 *
 * @param count how many
 * @param faceAt the face of each number from 0; asked once each, in order
 * @param size pixels a side
 * @returns RGB, [count, size, size, 3]
 * @throws the signal's reason when it is aborted; PictureError when the browser cannot draw
 */
export async function renderFaces(
  count: number,
  faceAt: (index: number) => Face,
  size: number,
  { signal, onProgress }: DatasetOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  // The drawing kit (DiceBear) is fetched when the first faces are asked for.
  const [{ faceLayers }, { canvasOf, LayerAtlas }] = await loadPart(
    Promise.all([import('../../datasets/faceLayers.ts'), import('./layerAtlas.ts')]),
    'the code that draws faces',
  );
  const each = size * size * 3;
  const out = new Uint8Array(count * each);
  const atlas = new LayerAtlas(size);
  const context = canvasOf(ROW * size, size);
  let begin = performance.now();
  const rest = async (): Promise<void> => {
    if (performance.now() - begin < SLICE) return;
    await yieldToEventLoop();
    begin = performance.now();
  };
  // Few at first: code that runs for the first time is slow.
  for (let done = 0, most = 1; done < count; most = Math.min(ROW, 2 * most)) {
    signal?.throwIfAborted();
    const row = Array.from({ length: Math.min(most, count - done) }, (_, i) => faceLayers(faceAt(done + i)));
    await rest();
    await atlas.add(row.flat());
    row.forEach((layers, i) => {
      atlas.draw(context, layers, i * size, 0);
    });
    const { data } = context.getImageData(0, 0, ROW * size, size);
    row.forEach((_, i) => {
      copyTile(data, size, i, out.subarray((done + i) * each, (done + i + 1) * each));
    });
    done += row.length;
    onProgress?.({ done, of: count });
    await rest();
  }
  return out;
}
