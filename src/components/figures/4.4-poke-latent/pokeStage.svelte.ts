// What figure 4.4 has computed: the face as it is, once, and the face with its changed numbers, each time they change.
import { loadPicture } from '../../../userContent/pictures/index.ts';
import { channelMoments, differenceMap } from '@noisebook/ldm/numbers';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import { faceIds } from '../../../userContent/pictures/ids.ts';
import { decode, encode, type Rgba, type StageModel } from '../../kit/latents/firstStage.ts';
import { poked, type Pokes } from './pokeLatent.ts';

/** Faces that the spread of a model of the reader's own is measured on. */
const STD_FACES = 16;

/** A face and the changes to its latents. */
export interface Poked {
  readonly model: StageModel;
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
  whole:
    | {
        readonly model: StageModel;
        readonly face: string;
        readonly latents: Float32Array;
        readonly before: Rgba;
        /** Standard deviation of each channel over faces. */
        readonly stds: readonly number[];
      }
    | undefined = $state.raw();
  shown: PokedPictures | undefined = $state.raw();

  /**
   * @param known standard deviation of each channel of the shipped model over the data
   * @returns the backend's label
   */
  async compute(of: Poked, known: readonly number[], task: TaskContext): Promise<string> {
    const { model } = of;
    if (this.whole?.face !== of.face || this.whole.model.name !== model.name) {
      const same = this.whole?.model.name === model.name ? this.whole.stds : undefined;
      const stds = model.own ? (same ?? (await spread(model, task))) : known;
      const { latents } = await encode([await loadPicture(of.face, model.size)], task, model);
      const { pictures } = await decode(latents, task, model);
      this.whole = { model, face: of.face, latents: latents[0]!, before: pictures[0]!, stds };
    }
    const { latents, before, stds } = this.whole;
    const { pictures, backend } = await decode([poked(latents, of.pokes, stds)], task, model);
    const after = pictures[0]!;
    this.shown = { of, before, after, map: differenceMap(before, after) };
    return backend;
  }
}

/** Standard deviation of each channel over some test faces. */
async function spread(model: StageModel, task: TaskContext): Promise<number[]> {
  const faces = await Promise.all(faceIds.slice(0, STD_FACES).map((id) => loadPicture(id, model.size)));
  const { latents } = await encode(faces, task, model);
  const all = Float32Array.from(latents.flatMap((each) => [...each]));
  return channelMoments(all, model.channels).map(({ std }) => std);
}
