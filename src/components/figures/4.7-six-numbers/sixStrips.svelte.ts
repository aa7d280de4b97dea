// The faces along each of the six numbers, made anew a moment after the point has come to rest.
import type { CellState } from '../../kit/frame/cellState.svelte.ts';
import { COUNT, traversal } from './sixNumbers.ts';
import { decodePoints } from './sixStage.ts';
import { SIZE, type Rgba } from '../../kit/latents/firstStage.ts';

/** Milliseconds without a change before the strips are made. */
const REST = 350;

/** Square pictures side by side. */
export function sideBySide(pictures: readonly Rgba[], size: number): ImageData {
  const image = new ImageData(pictures.length * size, size);
  pictures.forEach((picture, i) => {
    for (let y = 0; y < size; y++) {
      const line = picture.subarray(y * size * 4, (y + 1) * size * 4);
      image.data.set(line, (y * pictures.length + i) * size * 4);
    }
  });
  return image;
}

export class Strips {
  rows: readonly (ImageData | undefined)[] = $state.raw(new Array<undefined>(COUNT).fill(undefined));
  /** The point of the newest strips that are all there. */
  #made: readonly number[] | undefined = $state.raw();
  readonly #point: () => readonly number[] | undefined;

  /** To be called while a component is set up. */
  constructor(cell: Pick<CellState<never>, 'live' | 'visible'>, point: () => readonly number[] | undefined) {
    this.#point = point;
    $effect(() => {
      const now = point();
      if (now === undefined || !cell.visible || now === this.#made) return;
      const controller = new AbortController();
      const timer = setTimeout(() => {
        // What goes wrong here goes wrong with the figure's own picture too, and that says it.
        this.#make(now, controller.signal).catch(() => undefined);
      }, REST);
      return () => {
        clearTimeout(timer);
        controller.abort();
      };
    });
  }

  /** True while the strips are those of another point. */
  get stale(): boolean {
    const now = this.#point();
    return now !== undefined && now !== this.#made;
  }

  async #make(point: readonly number[], signal: AbortSignal): Promise<void> {
    // Number by number, so that a slider that moves again waits for one strip only.
    for (let k = 0; k < COUNT; k++) {
      const { pictures } = await decodePoints(traversal(point, k), { signal, onEvent: () => undefined });
      if (signal.aborted) return;
      this.rows = this.rows.map((row, i) => (i === k ? sideBySide(pictures, SIZE) : row));
    }
    this.#made = point;
  }
}
