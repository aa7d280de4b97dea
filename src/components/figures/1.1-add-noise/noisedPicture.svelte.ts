// What figure 1.1 computes: the picture's values, the noise for them, and their sum at the timestep t.
import { untrack } from 'svelte';
import { signalAndNoise } from '@noisebook/ldm/numbers';
import { noised, noiseFor, SIZE } from './addNoise.ts';
import type { LivePicture } from '../../kit/noise/livePicture.svelte.ts';
import { imageOf } from '../../kit/noise/pixelValues.ts';

/** Milliseconds without a change of t before a figure off screen follows. */
const REST = 200;

interface NoiseCell {
  readonly live: boolean;
  readonly visible: boolean;
  readonly values: { readonly t: number; readonly seed: number };
}

export class NoisedPicture {
  readonly #cell: NoiseCell;
  readonly #source: LivePicture;
  readonly #alphasCumprod: Float32Array;
  /** The timestep that is computed: off screen, where only the text shows it, once t has come to rest. */
  #settled = $state(0);

  readonly t = $derived.by(() => this.#cell.values.t);
  readonly #seed = $derived.by(() => this.#cell.values.seed);
  /** What the formula multiplies picture and noise by. */
  readonly level = $derived.by(() => signalAndNoise(this.#alphasCumprod[this.t] ?? 1));
  readonly #x0 = $derived.by(() => (this.#cell.live ? this.#source.values : undefined));
  readonly #noise = $derived.by(() => this.#x0 && noiseFor(this.#x0.length, this.#seed));
  /** One array for x_t, whatever t is: nothing to throw away while the slider moves. */
  readonly #room = $derived.by(() => this.#x0 && new Float32Array(this.#x0.length));
  /** x_t and how its values are spread; undefined while the recorded one is shown. */
  readonly now = $derived.by(
    () =>
      this.#x0 &&
      this.#noise &&
      noised(this.#x0, this.#noise, this.#alphasCumprod[this.#settled] ?? 1, this.#room),
  );
  readonly images = $derived.by(() =>
    this.#cell.visible && this.#x0 && this.#noise && this.now
      ? {
          signal: imageOf(this.#x0, SIZE, this.level.alpha),
          noise: imageOf(this.#noise, SIZE, this.level.sigma),
          sum: imageOf(this.now.x, SIZE),
        }
      : undefined,
  );

  /** To be called while a component is set up. */
  constructor(cell: NoiseCell, source: LivePicture, alphasCumprod: Float32Array) {
    this.#cell = cell;
    this.#source = source;
    this.#alphasCumprod = alphasCumprod;
    this.#settled = untrack(() => this.t);
    $effect.pre(() => {
      const next = this.t;
      if (cell.visible) {
        this.#settled = next;
        return;
      }
      const timer = setTimeout(() => (this.#settled = next), REST);
      return () => clearTimeout(timer);
    });
  }

  /** The sum as a file; undefined while the recorded one is shown. */
  async png(): Promise<Blob | undefined> {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = SIZE;
    const { images } = this;
    if (images === undefined) return undefined;
    canvas.getContext('2d')?.putImageData(images.sum, 0, 0);
    return new Promise<Blob | undefined>((done) => canvas.toBlob((blob) => done(blob ?? undefined)));
  }
}
