// A text-to-image model in use: words to latents to pictures. The conventions are those of StableDiffusionPipeline.
import * as tf from '@tensorflow/tfjs-core';
import { compileAhead } from '../backend/index.ts';
import { last } from '../base/at.ts';
import { withSettings, type SamplerSettings } from '../config/samplerSettings.ts';
import { forLatentPipeline, type SchedulerConfig } from '../config/scheduler.ts';
import { chooseScheduler } from '../config/standIns.ts';
import { weightedSum } from '../diffusion/combine.ts';
import type { AutoencoderKL } from '../models/autoencoderKL.ts';
import { CLIPTextModel } from '../models/clipTextModel.ts';
import { UNet2DConditionModel, type UnetContext } from '../models/unet2DConditionModel.ts';
import { FirstStage } from './firstStage.ts';
import { guidedDenoiser, isGuided } from './guidance.ts';
import { readModelFolder, type LoadOptions, type ModelFolder } from './modelFolder.ts';
import { startNoise } from './noise.ts';
import type {
  CheckedOptions,
  GenerateOptions,
  GenerationOptions,
  ImageToImageOptions,
  InpaintOptions,
  TextToImageOptions,
} from './options.ts';
import { latentSize } from './pictures.ts';
import { planGeneration } from './plan.ts';
import { predict, type FullPrediction, type PredictOptions } from './predict.ts';
import { runGeneration } from './run.ts';
import { beginGeneration } from './starts.ts';
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

  /**
   * Settings of the model's own sampler (or of what stands in for it, see `notes`), or of another one.
   * @param settings in place of those
   */
  schedulerConfig(sampler?: GenerationOptions['sampler'], settings: SamplerSettings = {}): SchedulerConfig {
    const where = 'scheduler/scheduler_config.json';
    const { config } = chooseScheduler(this.folder.schedulerJson, where, sampler);
    return forLatentPipeline(withSettings(config, settings));
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
  textToImage(options: TextToImageOptions): Promise<tf.Tensor4D> {
    return this.generate(options);
  }

  /** Words and a picture to latents (Meng et al. 2022): noise is added, and the last steps take it away again. */
  imageToImage(options: ImageToImageOptions): Promise<tf.Tensor4D> {
    return this.generate(options);
  }

  /**
   * Paints anew where the mask is 1. After each step the known part is noised to the next timestep and put back (Lugmayr
   * et al. 2022, without resampling), so that its latents end exactly as the first stage gave them.
   */
  inpaint(options: InpaintOptions): Promise<tf.Tensor4D> {
    return this.generate(options);
  }

  /**
   * Any of the three above: from words alone, from the latents of a step, from a picture, with a mask.
   * @returns latents [n, h, w, C], raw: hand them to `decode`; the caller disposes them
   * @throws as `check` does, before anything is computed; the reason of `signal`; DeviceLostError
   */
  async generate(options: GenerateOptions): Promise<tf.Tensor4D> {
    const plan = planGeneration(this, options);
    return runGeneration({
      unet: this.unet,
      plan,
      options,
      prepareTexts: () => this.#prepareTexts(options.prompt, plan.checked),
      begin: () => beginGeneration(this, plan, options),
    });
  }

  /**
   * Refuses what `generate` refuses, and computes nothing.
   * @throws RangeError or ConfigError naming the option, what was expected and what came
   */
  check(options: GenerateOptions): void {
    planGeneration(this, options);
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
   * Without this, the first step of the first generation compiles shader after shader. What changes the shaders: how many
   * images, whether they are guided, how many pictures and masks there are, which attentions are looked at (`taps`, which
   * hear nothing of this), and for one small product how many steps.
   */
  async compile(options: Partial<GenerateOptions> = {}): Promise<void> {
    const given = { prompt: '', seed: 0, ...options };
    const plan = planGeneration(this, given);
    const { guidanceScale } = plan.checked;
    const { attention, activations } = options.taps ?? {};
    const taps = { attention, activations, onTap: () => undefined };
    await compileAhead(() => {
      const context = this.#prepareTexts('', plan.checked);
      const timesteps = this.unet.prepareTimesteps(plan.sampler.timesteps);
      const { x, afterStep } = beginGeneration(this, plan, given);
      const denoise = guidedDenoiser({ unet: this.unet, context, guidanceScale, timesteps, taps });
      const output = denoise(x, last(plan.sampler.timesteps));
      // Whichever sampler it is, its steps scale, add, subtract and divide latents.
      weightedSum([0.5, x], [1, output], [-1, x]);
      tf.div(x, 2);
      this.decode(afterStep?.(x, 0, undefined) ?? x);
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
