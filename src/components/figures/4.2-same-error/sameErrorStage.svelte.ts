// What figure 4.2 has computed: a face, and six harms to it that all cost the same error.
import { distortionsOf, KINDS } from './distortions.ts';
import { solve, type FaceChoice, type Measured, type RecordedSameError } from './sameError.ts';
import { pictureAt, readSprite } from '../../kit/pictures/spritePictures.ts';

export interface SixHarms {
  readonly original: Uint8ClampedArray<ArrayBuffer>;
  /** In the order of KINDS. */
  readonly pictures: readonly Uint8ClampedArray<ArrayBuffer>[];
  readonly measured: readonly Measured[];
}

export class SameErrorStage {
  computed: SixHarms | undefined = $state.raw();
  readonly #sheet: string;
  readonly #size: number;

  constructor({ files, size }: Pick<RecordedSameError, 'files' | 'size'>, folder: string) {
    this.#sheet = folder + files.faces;
    this.#size = size;
  }

  /** @param column of the face in the recording's sheet @param error that all six shall have, in bytes */
  async compute(
    { enough }: Pick<FaceChoice, 'enough'>,
    column: number,
    error: number,
    signal: AbortSignal,
  ): Promise<void> {
    const sheet = await readSprite(this.#sheet);
    const [whole, below, eye, over] = [0, 1, 2, 3].map((row) => pictureAt(sheet, this.#size, column, row));
    const layers = { size: this.#size, whole: whole!, below: below!, eye: eye!, over: over! };
    const distortions = distortionsOf(layers);
    const solved = [];
    for (const kind of KINDS) {
      solved.push(solve(layers, kind, distortions[kind], error, enough[kind]));
      // Let the page breathe between two of them.
      await new Promise((resume) => setTimeout(resume));
      signal.throwIfAborted();
    }
    this.computed = {
      original: layers.whole,
      pictures: solved.map(({ picture }) => new Uint8ClampedArray(picture)),
      measured: solved.map((each) => each.measured),
    };
  }
}
