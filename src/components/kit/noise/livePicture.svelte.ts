// The picture that the reader has chosen, as values; loaded when a cell becomes live, the newest choice wins.
import { loadPicture, pictureName } from '../../../userContent/pictures/index.ts';
import { valuesOf } from './pixelValues.ts';

interface PictureCell {
  readonly live: boolean;
  readonly values: { readonly picture: string };
  notice(sentence: string): void;
}

export class LivePicture {
  /** [size, size, 3] in [-1, 1]; undefined until a picture is there. The last one stays while the next one loads. */
  values: Float32Array | undefined = $state.raw();
  readonly #cell: PictureCell;

  /** To be called while a component is set up. @param size pixels a side */
  constructor(cell: PictureCell, size: number) {
    this.#cell = cell;
    // The name by itself: other values of the cell change with every move of a slider.
    const id = $derived(cell.values.picture);
    $effect(() => {
      if (!cell.live) {
        this.values = undefined;
        return;
      }
      let stale = false;
      loadPicture(id, size).then(
        (rgba) => {
          if (!stale) this.values = valuesOf(rgba);
        },
        (error: unknown) => {
          if (!stale) cell.notice(error instanceof Error ? error.message : String(error));
        },
      );
      return () => (stale = true);
    });
  }

  /** The picture in words: "The cat". */
  get name(): string {
    return pictureName(this.#cell.values.picture);
  }
}
