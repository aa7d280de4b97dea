// What figure 4.9 has computed: its four cards, the recorded ones to begin with.
import { loadPicture } from '../../../userContent/pictures/index.ts';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import { noiseLatents, shuffledLatents, type Decoded, type Kind } from './decodeNoise.ts';
import { decibels, decode, encode, type StageModel } from '../../kit/latents/firstStage.ts';

export type Cards = Readonly<Record<Kind, Decoded>>;

/** What the reader may choose. */
export interface NoiseChoice {
  readonly face: string;
  readonly seed: number;
  readonly temperature: number;
  readonly model: StageModel;
}

/** What each card is made from; the sample of the diffusion model is always the recorded one. */
export const keysOf = ({
  face,
  seed,
  temperature,
  model: { name },
}: NoiseChoice): Readonly<Record<Kind, string>> => ({
  face: `${name} ${face}`,
  noise: `${name} ${seed} ${temperature}`,
  shuffled: `${name} ${face} ${seed}`,
  sample: '',
});

export class NoiseStage {
  cards: Cards = $state.raw({} as Cards);

  constructor(recorded: Cards) {
    this.cards = recorded;
  }

  /** Whether everything about `choice` is here. */
  has(choice: NoiseChoice): boolean {
    return this.#missing(choice).length === 0;
  }

  #missing(choice: NoiseChoice): Kind[] {
    const keys = keysOf(choice);
    return (['face', 'noise', 'shuffled'] as const).filter(
      (kind) => this.cards[kind].key !== keys[kind] || this.cards[kind].again === undefined,
    );
  }

  /** @returns the backend's label, undefined when nothing was missing */
  async compute(choice: NoiseChoice, task: TaskContext): Promise<string | undefined> {
    const keys = keysOf(choice);
    const { model } = choice;
    const missing = this.#missing(choice);
    if (missing.length === 0) return undefined;
    let real = this.cards.face.latents;
    if (this.cards.face.key !== keys.face) {
      real = (await encode([await loadPicture(choice.face, model.size)], task, model)).latents[0]!;
    }
    const all = {
      face: real,
      noise: noiseLatents(choice.seed, choice.temperature, model),
      shuffled: shuffledLatents(real, choice.seed, model),
      sample: this.cards.sample.latents,
    };
    const latents = missing.map((kind) => all[kind]);
    const { pictures } = await decode(latents, task, model);
    this.#put(missing, (kind, i) => ({
      key: keys[kind],
      model,
      latents: latents[i]!,
      picture: pictures[i],
      again: undefined,
    }));
    // The pictures are there; how well they survive may come a moment later.
    const { latents: codes } = await encode(pictures, task, model);
    const { pictures: again, backend } = await decode(codes, task, model);
    this.#put(missing, (kind, i) => ({ ...this.cards[kind], again: decibels(pictures[i]!, again[i]!) }));
    return backend;
  }

  #put(kinds: readonly Kind[], make: (kind: Kind, i: number) => Decoded): void {
    this.cards = { ...this.cards, ...Object.fromEntries(kinds.map((kind, i) => [kind, make(kind, i)])) };
  }
}
