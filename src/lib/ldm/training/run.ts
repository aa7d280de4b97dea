// A training run from first to last: the autoencoder, then, on its latents, denoiser and text encoder.
import * as tf from '@tensorflow/tfjs-core';
import { AutoencoderKL } from '../models/autoencoderKL.ts';
import { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';
import { makeVocabulary, type MadeVocabulary } from '../tokenizer/makeVocabulary.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { architectureOf, checkRecipe, type Architecture } from '../recipe/architecture.ts';
import { AutoencoderLoop } from './autoencoderLoop.ts';
import { checkSameRun, readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.ts';
import { captionLength, Captions } from './conditioning.ts';
import { DiffusionLoop } from './diffusionLoop.ts';
import { decodeToRgba, drawLatentsFor, guessLatents, type DrawOptions } from './drawing.ts';
import { countParameters } from './initialize.ts';
import { foldStatistics } from './foldStatistics.ts';
import { modelFolder } from './folder.ts';
import {
  encodePictures,
  statisticsOf,
  type EncodeOptions,
  type Latents,
  type LatentStatistics,
} from './latentCache.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { checkData, picturesRgba, type PictureChoice, type TrainingData } from './trainingData.ts';
import type { EncodedEvent, Phase, TrainingEvent } from './types.ts';

export type { DrawOptions } from './drawing.ts';
export type { PictureChoice, TrainingData } from './trainingData.ts';

type Rgba = Uint8ClampedArray<ArrayBuffer>;

export interface TrainOptions {
  /** Stops between two steps, or between two batches of encoding; the generator then returns. */
  readonly signal?: AbortSignal;
  /** Before each step of the denoiser, show its six moves. */
  readonly trace?: boolean;
  /** Awaited between the batches of encoding the set: how many pictures of how many are done. */
  readonly onProgress?: EncodeOptions['onProgress'];
}

/** Phase two: a finished autoencoder, its latents (once they are made), and the loop. */
interface Second {
  readonly vaeState: StateDict;
  readonly vae: AutoencoderKL;
  readonly statistics: LatentStatistics;
  readonly loop: DiffusionLoop;
  latents: Latents | undefined;
}

/** Between two events of `train` everything else may be called, but nothing while the next event is being awaited. */
export class Run {
  readonly recipe: Recipe;
  readonly architecture: Architecture;
  readonly #data: TrainingData;
  readonly #vocabulary: MadeVocabulary;
  readonly #captions: Captions;
  #first: AutoencoderLoop | undefined;
  #second: Second | undefined;
  #busy = false;

  private constructor(recipe: Recipe, data: TrainingData) {
    this.recipe = checkRecipe(recipe);
    checkData(data, this.recipe);
    this.#data = data;
    const spoken = recipe.conditioning !== 'none';
    const [words, captions] = spoken ? [data.words, data.captions] : [[], []];
    const shortest = CLIPTokenizer.fromFiles(makeVocabulary(words, { modelMaxLength: 2 }).files);
    const length = captionLength(shortest, captions);
    this.#vocabulary = makeVocabulary(words, { modelMaxLength: length });
    this.#captions = new Captions(CLIPTokenizer.fromFiles(this.#vocabulary.files), captions, length);
    this.architecture = architectureOf(this.recipe, { ...this.#vocabulary, length });
  }

  /** The beginning of a run on the present backend. @throws ConfigError for a recipe or data that cannot be trained */
  static create(recipe: Recipe, data: TrainingData): Run {
    const run = new Run(recipe, data);
    run.#first = new AutoencoderLoop(run.recipe, run.architecture, data);
    return run;
  }

  /**
   * Goes on from a checkpoint. On the same backend every later number is the one of the unbroken run. Numbers of steps,
   * learning rates and weights of the losses may have changed; the rest of the recipe and the data must be the same.
   * @throws if the checkpoint is damaged or belongs to another run
   */
  static restore(recipe: Recipe, data: TrainingData, bytes: Uint8Array): Run {
    const checkpoint = readCheckpoint(bytes);
    const run = new Run(recipe, data);
    checkSameRun(checkpoint.recipe, run.recipe);
    if (checkpoint.phase === 'autoencoder') {
      run.#first = new AutoencoderLoop(run.recipe, run.architecture, data, checkpoint.autoencoder);
    } else {
      run.#second = run.#begin(checkpoint.vae, checkpoint.statistics, checkpoint.denoiser);
    }
    return run;
  }

  get phase(): Phase {
    return this.#second === undefined ? 'autoencoder' : 'denoiser';
  }

  /** Steps of the present phase that are done. */
  get step(): number {
    return (this.#second?.loop ?? this.#use()).step;
  }

  get finished(): boolean {
    return this.#second !== undefined && this.step >= this.recipe.denoiserSteps;
  }

  /** What it keeps on the device between two steps, in bytes: of phase one's autoencoder more than of phase two's. */
  get numBytes(): number {
    if (this.#second === undefined) return this.#use().optimizer.numBytes;
    const { loop, vaeState } = this.#second;
    return loop.optimizer.numBytes + 4 * countParameters(vaeState);
  }

  /**
   * Trains to the end, or until you ask for no more.
   * @throws TrainingStoppedError when going on is of no use
   */
  async *train({ signal, trace = false, onProgress }: TrainOptions = {}): AsyncGenerator<
    TrainingEvent,
    void,
    undefined
  > {
    const stopped = (): boolean => signal?.aborted === true;
    while (this.#second === undefined && this.step < this.recipe.autoencoderSteps) {
      if (stopped()) return;
      yield await this.#alone(() => this.#use().next());
    }
    if (this.#second === undefined) {
      const encoded = await this.#alone(() => this.#finishFirst({ signal, onProgress }));
      if (encoded === undefined) return;
      yield encoded;
    }
    while (!this.finished) {
      if (stopped()) return;
      const latents = await this.#alone(() => this.#latents({ signal, onProgress }));
      if (latents === undefined) return;
      const events = await this.#alone(() => this.#useSecond().loop.next(latents, trace));
      if (events.trace !== undefined) yield events.trace;
      yield events.step;
    }
  }

  /** What `restore` needs: a safetensors file. */
  checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#alone(async () => writeCheckpoint(await this.#checkpoint()));
  }

  async #checkpoint(): Promise<Checkpoint> {
    const { recipe } = this;
    const second = this.#second;
    if (second === undefined) return { recipe, phase: 'autoencoder', autoencoder: await this.#use().state() };
    const { vaeState: vae, statistics } = second;
    return { recipe, phase: 'denoiser', vae, statistics, denoiser: await second.loop.state() };
  }

  /** Pictures through the autoencoder (averaged weights, no noise) and back: RGBA [n, size, size, 4]. */
  reconstruct(choice: PictureChoice): Promise<Rgba> {
    return this.#alone(() =>
      this.#withVae(async (vae) => {
        const latents = this.#tensor(await this.#encode(vae, choice));
        try {
          return await decodeToRgba(vae, latents);
        } finally {
          latents.dispose();
        }
      }),
    );
  }

  /** Posterior means of pictures, [n, h, w, c]: raw in phase one, of mean 0 and spread 1 in phase two. */
  latentsOf(choice: PictureChoice): Promise<Float32Array<ArrayBuffer>> {
    return this.#alone(() =>
      this.#withVae(async (vae) => (await this.#encode(vae, choice)).mean as Float32Array<ArrayBuffer>),
    );
  }

  /** One picture for each caption, from seeded noise, with the averaged weights: RGBA [n, size, size, 4]. Phase two. */
  async sample(captions: readonly string[], options: DrawOptions): Promise<Rgba> {
    const { vae, loop } = this.#useSecond();
    return this.#alone(() =>
      loop.optimizer.withAverages(async () => {
        const scheduler = this.architecture.scheduler.config;
        const latents = await drawLatentsFor(loop, this.#captions, scheduler, captions, options);
        try {
          return await decodeToRgba(vae, latents, options.signal);
        } finally {
          latents.dispose();
        }
      }),
    );
  }

  /**
   * A picture of the set, noised to a timestep, and the picture that the denoiser (averaged weights) sees in it, given the
   * picture's first caption. RGBA [size, size, 4] each. Phase two.
   */
  async guess(
    index: number,
    timestep: number,
    seed: number,
  ): Promise<{ readonly original: Rgba; readonly noised: Rgba; readonly guess: Rgba }> {
    const { vae, loop } = this.#useSecond();
    return this.#alone(() =>
      loop.optimizer.withAverages(async () => {
        const { mean: x0, shape } = await this.#encode(vae, [index]);
        const text = this.#data.captions[index]?.[0] ?? '';
        const both = guessLatents(loop, this.#captions, { x0, shape, text }, timestep, seed);
        try {
          const pictures = await decodeToRgba(vae, both);
          const half = pictures.length / 2;
          const original = picturesRgba(this.#data, [index]);
          return { original, noised: pictures.slice(0, half), guess: pictures.slice(half) };
        } finally {
          both.dispose();
        }
      }),
    );
  }

  /** The model as the files of a diffusers folder, path to bytes. Phase two. */
  async files(
    weights: 'averaged' | 'latest' = 'averaged',
    { dtype = 'F16' }: { readonly dtype?: 'F16' | 'F32' } = {},
  ): Promise<Map<string, Uint8Array>> {
    const { vaeState: vae, loop } = this.#useSecond();
    return this.#alone(async () =>
      modelFolder(
        this.architecture,
        { vae, ...(await loop.weights(weights)) },
        this.#vocabulary.files,
        dtype,
      ),
    );
  }

  dispose(): void {
    this.#first?.dispose();
    this.#second?.loop.dispose();
    this.#second?.vae.dispose();
    this.#first = this.#second = undefined;
  }

  #use(): AutoencoderLoop {
    if (this.#first !== undefined) return this.#first;
    throw new Error('run: it was disposed; restore it from its checkpoint');
  }

  #useSecond(): Second {
    if (this.#second !== undefined) return this.#second;
    this.#use();
    throw new Error('run: expected the second phase, got the first: train the autoencoder to its end');
  }

  /** Two things at once would see each other's weights. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new Error('run: it is busy; wait until the call before has settled');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  #withVae<T>(use: (vae: AutoencoderKL) => Promise<T>): Promise<T> {
    if (this.#second !== undefined) return use(this.#second.vae);
    const { optimizer, model } = this.#use();
    return optimizer.withAverages(() => use(model));
  }

  async #encode(vae: AutoencoderKL, choice: PictureChoice): Promise<Latents> {
    const latents = await encodePictures(vae, this.#data, choice);
    if (latents === undefined) throw new Error('run: encoding was cut short');
    return latents;
  }

  #tensor({ count, shape, mean }: Latents): tf.Tensor4D {
    return tf.tensor4d(mean, [count, ...shape]);
  }

  /** Averaged weights, statistics of the whole set, both folded into the autoencoder of phase two. */
  async #finishFirst(options: EncodeOptions): Promise<EncodedEvent | undefined> {
    const { optimizer, model } = this.#use();
    const all = await optimizer.withAverages(() =>
      encodePictures(model, this.#data, this.#everything(), options),
    );
    if (all === undefined) return undefined;
    const statistics = statisticsOf(all);
    const averaged = await model.readState(optimizer.averages);
    this.#second = this.#begin(foldStatistics(averaged, statistics), statistics);
    this.#first?.dispose();
    this.#first = undefined;
    return { type: 'encoded', count: all.count, ...statistics };
  }

  #begin(
    vaeState: StateDict,
    statistics: LatentStatistics,
    from?: ConstructorParameters<typeof DiffusionLoop>[3],
  ): Second {
    const vae = AutoencoderKL.create(this.architecture.vae.config, vaeState);
    try {
      const loop = new DiffusionLoop(this.recipe, this.architecture, this.#captions, from);
      return { vaeState, vae, statistics, loop, latents: undefined };
    } catch (error) {
      vae.dispose();
      throw error;
    }
  }

  /** Encodes the set with the folded autoencoder, once; again after a restore, to the same numbers. */
  async #latents(options: EncodeOptions): Promise<Latents | undefined> {
    const second = this.#useSecond();
    second.latents ??= await encodePictures(second.vae, this.#data, this.#everything(), options);
    return second.latents;
  }

  #everything(): number[] {
    return Array.from({ length: this.#data.count }, (_, i) => i);
  }
}
