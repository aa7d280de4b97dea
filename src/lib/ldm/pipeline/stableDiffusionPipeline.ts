// A text-to-image model in use: words to latents to pictures. The conventions are those of StableDiffusionPipeline.
import * as tf from '@tensorflow/tfjs-core';
import { compileAhead } from '../backend/index.ts';
import { forLatentPipeline, type SchedulerConfig } from '../config/scheduler.ts';
import { chooseScheduler } from '../config/standIns.ts';
import type { AutoencoderKL } from '../models/autoencoderKL.ts';
import { CLIPTextModel } from '../models/clipTextModel.ts';
import { UNet2DConditionModel, type UnetContext } from '../models/unet2DConditionModel.ts';
import { FirstStage } from './firstStage.ts';
import { guidedDenoiser, isGuided } from './guidance.ts';
import { readModelFolder, type LoadOptions, type ModelFolder } from './modelFolder.ts';
import { startNoise } from './noise.ts';
import {
  checkedOptions,
  type CheckedOptions,
  type GenerationOptions,
  type ImageToImageOptions,
  type InpaintOptions,
  type TextToImageOptions,
} from './options.ts';
import { latentMask, latentsForEach, latentSize } from './pictures.ts';
import { predict, type FullPrediction, type PredictOptions } from './predict.ts';
import { runGeneration, type Start } from './run.ts';
import { createSampler, startIndexFor, type Sampler } from '../samplers/index.ts';
import type { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';
import type { ModelSource } from '../weights/source.ts';

/** The networks on the device. */
interface Networks {
  readonly firstStage: FirstStage;
  readonly unet: UNet2DConditionModel;
  readonly textEncoder: CLIPTextModel;
}

/** Reads a model folder and puts it on the present backend. */
export async function loadPipeline(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<StableDiffusionPipeline> {
  const folder = await readModelFolder(source, options);
  options.signal?.throwIfAborted();
  return new StableDiffusionPipeline(folder);
}

export class StableDiffusionPipeline {
  readonly folder: ModelFolder;
  #networks: Networks | undefined;

  /** Puts the networks on the present backend. @throws if weights and configs do not fit each other */
  constructor(folder: ModelFolder) {
    this.folder = folder;
    this.rebuild();
  }

  /** Puts the networks on the present backend again, from host memory: after a lost device or a change of backend. */
  rebuild(): void {
    this.dispose();
    const { vae, unet, textEncoder } = this.folder;
    const made: { dispose(): void }[] = [];
    const keep = <T extends { dispose(): void }>(part: T): T => {
      made.push(part);
      return part;
    };
    try {
      this.#networks = {
        firstStage: keep(new FirstStage(vae)),
        unet: keep(UNet2DConditionModel.create(unet.config, unet.state)),
        textEncoder: keep(CLIPTextModel.create(textEncoder.config, textEncoder.state)),
      };
    } catch (error) {
      for (const part of made) part.dispose();
      throw error;
    }
  }

  /** Frees the networks on the device. `rebuild` brings them back. */
  dispose(): void {
    this.#networks?.firstStage.dispose();
    this.#networks?.unet.dispose();
    this.#networks?.textEncoder.dispose();
    this.#networks = undefined;
  }

  get firstStage(): FirstStage {
    return this.#use().firstStage;
  }

  get vae(): AutoencoderKL {
    return this.firstStage.vae;
  }

  get unet(): UNet2DConditionModel {
    return this.#use().unet;
  }

  get textEncoder(): CLIPTextModel {
    return this.#use().textEncoder;
  }

  get tokenizer(): CLIPTokenizer {
    return this.folder.tokenizer;
  }

  /** Tokens of a text as the denoiser sees it: begin and end, and padding. */
  get promptLength(): number {
    return Math.min(this.tokenizer.modelMaxLength, this.textEncoder.config.maxPositionEmbeddings);
  }

  /** Sentences about what of the model is done otherwise here: which sampler stands in for its own. */
  get notes(): readonly string[] {
    return this.folder.notes;
  }

  /** Pixels per latent, along one side. */
  get vaeScaleFactor(): number {
    return this.folder.vae.config.downsamplingFactor;
  }

  get latentChannels(): number {
    return this.folder.vae.config.latentChannels;
  }

  /** Height and width in pixels that the model was trained for. */
  get sampleSize(): readonly [number, number] {
    const factor = this.vaeScaleFactor;
    const { unet, vae } = this.folder;
    const latent = unet.config.sampleSize;
    if (latent !== null) return [latent[0] * factor, latent[1] * factor];
    return vae.config.sampleSize ?? [64, 64];
  }

  /** Settings of the model's own sampler (or of what stands in for it, see `notes`), or of another one. */
  schedulerConfig(sampler?: GenerationOptions['sampler']): SchedulerConfig {
    const where = 'scheduler/scheduler_config.json';
    return forLatentPipeline(chooseScheduler(this.folder.schedulerJson, where, sampler).config);
  }

  /** The text as the denoiser sees it: [1, T, D]. The caller disposes it. */
  encodePrompt(prompt: string): tf.Tensor3D {
    return this.#encodeTexts([prompt]);
  }

  /**
   * The noise that a seed starts from, not yet scaled by a sampler: [count, h, w, C].
   * @param options.first number of the first image
   */
  initialLatents(
    seed: number,
    count: number,
    options: { readonly first?: number; readonly height?: number; readonly width?: number } = {},
  ): tf.Tensor4D {
    const { height: pixelHeight = this.sampleSize[0], width: pixelWidth = this.sampleSize[1] } = options;
    const [height, width] = latentSize(pixelHeight, pixelWidth, this.vaeScaleFactor);
    return startNoise(seed, [count, height, width, this.latentChannels], options.first);
  }

  /**
   * One call of the denoiser: what it says about noisy latents at a timestep of training.
   * @returns four tensors of the latents' shape; the caller disposes them
   * @throws RangeError for a timestep that the model was not trained at
   */
  predict(options: PredictOptions): FullPrediction {
    const { prompt = '', negativePrompt = '', guidanceScale = 1 } = options;
    const texts = isGuided(guidanceScale) ? [negativePrompt, prompt] : [prompt];
    const hidden = this.#encodeTexts(texts);
    const context = this.unet.prepareContext(hidden);
    hidden.dispose();
    try {
      return predict(this.unet, context, this.schedulerConfig(), options);
    } finally {
      context.dispose();
    }
  }

  /** Words to latents [n, h, w, C], raw: hand them to `decode`. The caller disposes them. */
  async textToImage(options: TextToImageOptions): Promise<tf.Tensor4D> {
    const { seed, numImages } = checkedOptions(options);
    return this.#generate(options, (sampler) => {
      const size = {
        ...(options.height === undefined ? {} : { height: options.height }),
        ...(options.width === undefined ? {} : { width: options.width }),
      };
      const x = tf.tidy(() => {
        const noise = this.initialLatents(seed, numImages, size);
        const given = options.latents ?? noise;
        tf.util.assertShapesMatch(given.shape, noise.shape, 'textToImage: the shape of `latents` ');
        return tf.mul(given, sampler.initNoiseSigma) as tf.Tensor4D;
      });
      return { x, index: 0 };
    });
  }

  /** Words and a picture to latents (Meng et al. 2022): noise is added, and the last steps take it away again. */
  async imageToImage(options: ImageToImageOptions): Promise<tf.Tensor4D> {
    const { seed, numImages, numInferenceSteps } = checkedOptions(options);
    const index = startIndexFor(numInferenceSteps, options.strength ?? 0.8);
    return this.#generate(options, (sampler) => {
      const x = tf.tidy(() => {
        const known = this.#knownLatents(options.image, numImages);
        if (index === numInferenceSteps) return known;
        return sampler.addNoiseAt(known, startNoise(seed, known.shape), index);
      });
      return { x, index };
    });
  }

  /**
   * Paints anew where the mask is 1. After each step the known part is noised to the next timestep and put back (Lugmayr
   * et al. 2022, without resampling), so that its latents end exactly as the first stage gave them.
   */
  async inpaint(options: InpaintOptions): Promise<tf.Tensor4D> {
    const { seed, numImages, numInferenceSteps } = checkedOptions(options);
    const strength = options.strength ?? 1;
    const index = startIndexFor(numInferenceSteps, strength);
    const fixed: { known?: tf.Tensor4D; mask?: tf.Tensor4D; noise?: tf.Tensor4D } = {};
    try {
      return await this.#generate(options, (sampler) => {
        const known = (fixed.known = this.#knownLatents(options.image, numImages));
        const mask = (fixed.mask = latentMask(options.mask, known.shape, this.vaeScaleFactor));
        const noise = (fixed.noise = startNoise(seed, known.shape));
        const x = tf.tidy(() => {
          if (index === numInferenceSteps) return tf.clone(known);
          if (strength === 1) return tf.mul(noise, sampler.initNoiseSigma) as tf.Tensor4D;
          return sampler.addNoiseAt(known, noise, index);
        });
        const afterStep: NonNullable<Start['afterStep']> = (painted, step, nextTimestep) =>
          tf.tidy(() => {
            const kept = nextTimestep === undefined ? known : sampler.addNoiseAt(known, noise, step + 1);
            return tf.add(kept, tf.mul(mask, tf.sub(painted, kept))) as tf.Tensor4D;
          });
        return { x, index, afterStep };
      });
    } finally {
      tf.dispose([fixed.known, fixed.mask, fixed.noise].filter((tensor) => tensor !== undefined));
    }
  }

  /** Raw latents [n, h, w, C] to pictures [n, H, W, 3], about [-1, 1] but not clamped. */
  decode(latents: tf.Tensor4D): tf.Tensor4D {
    return this.firstStage.decode(latents);
  }

  /** Pictures [n, H, W, 3] in [-1, 1] to raw latents: the mean of the posterior times the scaling factor. */
  encode(images: tf.Tensor4D): tf.Tensor4D {
    return this.firstStage.encode(images);
  }

  /**
   * Compiles ahead what a generation of this kind will need, off the critical path. Only WebGPU needs and does it.
   * Without this, the first step of the first generation compiles shader after shader.
   */
  async compile(
    options: { readonly numImages?: number; readonly guidanceScale?: number } = {},
  ): Promise<void> {
    const { numImages = 1, guidanceScale = 3 } = options;
    await compileAhead(() => {
      const texts = isGuided(guidanceScale) ? ['', ''] : [''];
      const context = this.unet.prepareContext(this.#encodeTexts(texts));
      const timesteps = this.unet.prepareTimesteps([0, 1]);
      const x = this.initialLatents(0, numImages);
      guidedDenoiser({ unet: this.unet, context, guidanceScale, timesteps })(x, 0);
      this.decode(x);
    });
  }

  #use(): Networks {
    if (this.#networks === undefined) {
      throw new Error('pipeline: the model was disposed; call rebuild() to put it on the device again');
    }
    return this.#networks;
  }

  /** [texts, T, D] */
  #encodeTexts(texts: readonly string[]): tf.Tensor3D {
    const maxLength = this.promptLength;
    return tf.tidy(() => {
      const ids = new Int32Array(texts.length * maxLength);
      texts.forEach((text, i) => {
        ids.set(this.tokenizer.encode(text, { maxLength }).ids, i * maxLength);
      });
      return this.textEncoder.forward(tf.tensor2d(ids, [texts.length, maxLength], 'int32'));
    });
  }

  /** Latents of the given pictures, one for each image. */
  #knownLatents(images: tf.Tensor4D, numImages: number): tf.Tensor4D {
    latentSize(images.shape[1], images.shape[2], this.vaeScaleFactor);
    return tf.tidy(() => latentsForEach(this.encode(images), numImages));
  }

  #generate(options: GenerationOptions, begin: (sampler: Sampler) => Start): Promise<tf.Tensor4D> {
    const checked = checkedOptions(options);
    const sampler = createSampler(this.schedulerConfig(options.sampler), checked.numInferenceSteps);
    return runGeneration({
      unet: this.unet,
      sampler,
      options,
      checked,
      prepareTexts: () => this.#prepareTexts(options.prompt, checked),
      begin: () => begin(sampler),
    });
  }

  #prepareTexts(prompt: string, { guidanceScale, negativePrompt }: CheckedOptions): UnetContext {
    const texts = isGuided(guidanceScale) ? [negativePrompt, prompt] : [prompt];
    const hidden = this.#encodeTexts(texts);
    try {
      return this.unet.prepareContext(hidden);
    } finally {
      hidden.dispose();
    }
  }
}
