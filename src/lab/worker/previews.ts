// What a run can do at this moment, in pictures: reconstructions and the map, samples, one guess.
import { psnr, type Recipe } from '@noisebook/ldm/numbers';
import type {
  LabDataset,
  LabGuessEvent,
  LabPicturesEvent,
  LabSamplesEvent,
} from '../../engine/protocol/lab.ts';
import { PRESET_GUIDANCE } from '../presets.ts';
import { alignSigns, principalCoordinates } from './latentMap.ts';
import { own, rgbOf, rgbToRgba } from './pictureBytes.ts';
import type { TrainingRun } from './trainingRun.ts';

/** Pictures whose reconstructions are shown, and points of the map. */
const SHOWN = 8;
const MAPPED = 96;
/** Where the denoiser's guess begins: half way. */
const GUESS_TIMESTEP = 500;
const SAMPLE_STEPS = 12;
/** Samples of a run without captions. */
const UNCONDITIONAL = Array.from({ length: SHOWN }, () => '');

export class RunPreviews {
  readonly #recipe: Recipe;
  readonly #data: LabDataset;
  readonly #originals: Uint8Array;
  readonly #mapped: Uint8Array;
  readonly #pixelMap: Float32Array;

  constructor(recipe: Recipe, data: LabDataset) {
    this.#recipe = recipe;
    this.#data = data;
    const bytes = 3 * data.size * data.size;
    const slice = (from: number, to: number): Uint8Array => data.pixels.subarray(from * bytes, to * bytes);
    // Pictures behind those of the recipe are not trained on.
    const heldOut = data.count - recipe.images;
    const first = heldOut > 0 ? recipe.images : 0;
    this.#originals = slice(first, Math.min(first + SHOWN, data.count));
    const mapped = Math.min(MAPPED, recipe.images);
    this.#mapped = slice(0, mapped);
    this.#pixelMap = principalCoordinates(this.#mapped, mapped);
  }

  /** Reconstructions, latents and the map. */
  async pictures(run: TrainingRun, step: number): Promise<LabPicturesEvent> {
    const { size } = this.#data;
    const { latentChannels, factor } = this.#recipe;
    const originals = rgbToRgba(this.#originals);
    const reconstructions = own(await run.reconstruct(this.#originals));
    const latents = new Float32Array(await run.latentsOf(this.#originals));
    const map = principalCoordinates(await run.latentsOf(this.#mapped), this.#pixelMap.length / 2);
    alignSigns(map, this.#pixelMap);
    return {
      type: 'pictures',
      step,
      count: this.#originals.length / (3 * size * size),
      size,
      originals,
      reconstructions,
      latents,
      latentSize: size / factor,
      latentChannels,
      psnr: psnr(this.#originals, rgbOf(reconstructions), 255),
      map,
    };
  }

  /** Samples of the data set's captions from noise that is the same each time. */
  async samples(
    run: TrainingRun,
    step: number,
    signal: AbortSignal,
    onStep?: (step: number, total: number) => Promise<void>,
  ): Promise<LabSamplesEvent> {
    const captions =
      this.#recipe.conditioning === 'none' || this.#data.sampleCaptions.length === 0
        ? UNCONDITIONAL
        : this.#data.sampleCaptions.map(({ text }) => text);
    const images = await run.sample(captions, {
      seed: this.#recipe.seed,
      numInferenceSteps: SAMPLE_STEPS,
      guidanceScale: this.#recipe.conditioning === 'none' ? 1 : PRESET_GUIDANCE,
      signal,
      ...(onStep && { onStep }),
    });
    return { type: 'samples', step, count: captions.length, size: this.#data.size, images: own(images) };
  }

  /** The first training picture, noised, and what the denoiser takes it for. */
  async guess(run: TrainingRun, step: number): Promise<LabGuessEvent> {
    const { original, noised, guess } = await run.guess(0, GUESS_TIMESTEP, this.#recipe.seed);
    return {
      type: 'guess',
      step,
      timestep: GUESS_TIMESTEP,
      size: this.#data.size,
      original: own(original),
      noised: own(noised),
      guess: own(guess),
    };
  }
}
