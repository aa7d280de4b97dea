// What figure 4.4 has computed: the face as it is, once, and the face with its changed numbers, each time they change.
import { loadPicture } from '../../../client/pictures/index.ts';
import { differenceMap } from '../../../lib/ldm/metrics/pictureDifference.ts';
import type { TaskContext } from '../frame/cellState.svelte.ts';
import { decode, encode, SIZE, type Rgba } from './firstStage.ts';
import { poked, type Pokes } from './pokeLatent.ts';

/** A face and the changes to its latents. */
export interface Poked {
  readonly face: string;
  readonly pokes: Pokes;
}

export interface PokedPictures {
  readonly of: Poked;
  readonly before: Rgba;
  readonly after: Rgba;
  /** How much each pixel changed. */
  readonly map: Uint8Array<ArrayBuffer>;
}

export class PokeStage {
  /** The face as it is. */
  whole: { readonly face: string; readonly latents: Float32Array; readonly before: Rgba } | undefined =
    $state.raw();
  shown: PokedPictures | undefined = $state.raw();

  /**
   * @param stds standard deviation of each channel over the data
   * @returns the backend's label
   */
  async compute(of: Poked, stds: readonly number[], task: TaskContext): Promise<string> {
    if (this.whole?.face !== of.face) {
      const { latents } = await encode([await loadPicture(of.face, SIZE)], task);
      const { pictures } = await decode(latents, task);
      this.whole = { face: of.face, latents: latents[0]!, before: pictures[0]! };
    }
    const { latents, before } = this.whole;
    const { pictures, backend } = await decode([poked(latents, of.pokes, stds)], task);
    const after = pictures[0]!;
    this.shown = { of, before, after, map: differenceMap(before, after) };
    return backend;
  }
}
