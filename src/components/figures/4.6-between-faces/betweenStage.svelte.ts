// What figure 4.6 has computed: both faces, the picture that the slider is at, the strips, and what they lose.
import { loadPicture } from '../../../userContent/pictures/index.ts';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import {
  findEnds,
  measure,
  mixes,
  walkBoth,
  type Ends,
  type Errors,
  type Strips,
  type Way,
} from './betweenFaces.ts';
import { decode, type Rgba, type StageModel } from '../../kit/latents/firstStage.ts';

/** Two faces, a way between them, and a place on it. */
export interface Walk {
  readonly a: string;
  readonly b: string;
  readonly way: Way;
  /** 0 to 1. */
  readonly at: number;
  readonly model: StageModel;
}

export const pairKey = ({ a, b, model }: Walk): string => `${model.name} ${a} ${b}`;
export const pathKey = (walk: Walk): string => `${pairKey(walk)} ${walk.way}`;
export const placeKey = (walk: Walk): string => `${pathKey(walk)} ${walk.at}`;

export class BetweenStage {
  ends: Ends | undefined = $state.raw();
  walked: { readonly key: string; readonly picture: Rgba } | undefined = $state.raw();
  strips: Strips | undefined = $state.raw();
  errors: (Errors & { readonly key: string }) | undefined = $state.raw();
  /** Measured so far of `strips`: a slider that moves interrupts it, and it goes on afterwards. */
  #measured: { readonly key: string; readonly fade: number[]; readonly walk: number[] } | undefined;

  /** Whether everything about `walk` is here. */
  has(walk: Walk): boolean {
    const path = pathKey(walk);
    return this.walked?.key === placeKey(walk) && this.strips?.key === path && this.errors?.key === path;
  }

  /**
   * @param stops pictures in a strip
   * @param newer whether something newer waits: then the rest of the strips has time
   * @returns the backend's label
   */
  async compute(walk: Walk, stops: number, task: TaskContext, newer: () => boolean): Promise<string> {
    if (this.ends?.key !== pairKey(walk)) {
      const { size } = walk.model;
      const [a, b] = await Promise.all([loadPicture(walk.a, size), loadPicture(walk.b, size)]);
      this.ends = await findEnds(pairKey(walk), a, b, task, walk.model);
    }
    const mixed = mixes[walk.way](...this.ends.latents, walk.at);
    const { pictures, backend } = await decode([mixed], task, walk.model);
    this.walked = { key: placeKey(walk), picture: pictures[0]! };
    if (this.errors?.key !== pathKey(walk)) await this.#goOn(walk, this.ends, stops, task, newer);
    return backend;
  }

  /** The strips and what they lose, piece by piece. */
  async #goOn(walk: Walk, ends: Ends, stops: number, task: TaskContext, newer: () => boolean): Promise<void> {
    const key = pathKey(walk);
    if (this.strips?.key !== key) {
      task.progress(0, stops + 1);
      this.strips = await walkBoth(key, ends, walk, stops, task);
    }
    if (this.#measured?.key !== key) this.#measured = { key, fade: [], walk: [] };
    const measured = this.#measured;
    for (let i = measured.fade.length; i < stops; i++) {
      task.progress(i + 1, stops + 1);
      if (newer()) return;
      const [faded, walked] = await measure([this.strips.fade[i]!, this.strips.walk[i]!], task, walk.model);
      measured.fade.push(faded!);
      measured.walk.push(walked!);
    }
    this.errors = { key, fadeErrors: measured.fade, walkErrors: measured.walk };
  }
}
