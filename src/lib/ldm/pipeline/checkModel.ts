// Checks a whole model before it is used: everything in its files, sizes that fit together and a page's means, finite numbers.
import { AutoencoderKL } from '../models/autoencoderKL.ts';
import { CLIPTextModel } from '../models/clipTextModel.ts';
import { UNet2DConditionModel } from '../models/unet2DConditionModel.ts';
import { PICTURE_LIMITS } from '../config/drawingDefaults.ts';
import { parseConfigJson } from '../config/json.ts';
import { chooseScheduler } from '../config/standIns.ts';
import type { FilePart } from '../nn/layouts.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { memorySource } from '../weights/source.ts';
import { readModelFolder, type ModelFolder } from './modelFolder.ts';
import { workloadOf } from './workload.ts';
import type { Files } from './modelFiles.ts';

/** Sizes of a model's pictures and latents, one side each. */
export interface ImageSizes {
  readonly size: number;
  /** A picture's side is f times its latent's. */
  readonly f: number;
  readonly latentChannels: number;
  readonly latentSize: number;
}

export interface CheckedModel {
  readonly folder: ModelFolder;
  readonly image: ImageSizes;
  readonly parameters: { readonly vae: number; readonly unet: number; readonly text_encoder: number };
  /** Whether a picture of a few steps takes minutes where there is no graphics processor. */
  readonly isSlow: boolean;
}

/** What an application is ready to compute with. */
export interface ModelLimits {
  /** Weights of all networks together. */
  readonly parameters: number;
  /** Pixels a side. */
  readonly side: number;
  readonly latentSide: number;
  readonly latentChannels: number;
  /** f: a picture's side is f times its latent's. */
  readonly factor: number;
  /** Steps with guidance that a model is tried with. */
  readonly trialSteps: number;
  /** Of those steps. */
  readonly multiplyAdds: number;
  /** From here on `isSlow`. */
  readonly slowMultiplyAdds: number;
  /** Numbers in the largest tensor. */
  readonly tensor: number;
  /** Steps that people can choose, each at a timestep of its own. */
  readonly steps: number;
}

/** What a page can draw in reasonable time. Stable Diffusion 1.5 has 1,066 million weights and 512 x 512 pixels. */
export const PAGE_LIMITS: ModelLimits = {
  parameters: 100e6,
  ...PICTURE_LIMITS,
  // Some 10 thousand million multiply-adds a second on a processor of two cores.
  trialSteps: 2,
  multiplyAdds: 1e13,
  slowMultiplyAdds: 5e11,
  // 1.2 GB in float32. WASM has 4 GB for everything.
  tensor: 300e6,
  steps: 50,
};

const MAX_LEVELS = 8;
/** Largest counts and widths in the settings, by key. */
const MOST: Readonly<Record<string, number>> = {
  block_out_channels: 2048,
  layers_per_block: 16,
  transformer_layers_per_block: 16,
  reverse_transformer_layers_per_block: 16,
  attention_head_dim: 2048,
  num_attention_heads: 2048,
  norm_num_groups: 2048,
  cross_attention_dim: 8192,
  num_hidden_layers: 48,
  hidden_size: 8192,
  intermediate_size: 32768,
  vocab_size: 500_000,
  max_position_embeddings: 1024,
};

/**
 * Reads all parts of a model and checks them, without a backend. That every tensor has the shape its network expects is
 * seen when the networks are made (`new StableDiffusionPipeline(folder)`), which is safe after this.
 * @param files of the model's folder, see `findModel`
 * @param options `limits`: those of a page, where none are given
 * @throws Error naming the file and the key, what was expected, what came, what to do
 */
export async function checkModel(
  files: Files,
  name: string,
  options: { readonly signal?: AbortSignal; readonly limits?: Partial<ModelLimits> } = {},
): Promise<CheckedModel> {
  const limits = { ...PAGE_LIMITS, ...options.limits };
  for (const path of ['vae/config.json', 'unet/config.json', 'text_encoder/config.json']) {
    checkLayers(files.get(path), `${name}: ${path}`);
  }
  const folder = await readModelFolder(memorySource(name, files), options);
  const image = checkSizes(folder, limits);
  checkTimesteps(folder, limits);
  const { vae, unet, textEncoder } = folder;
  checkExtent(name, limits, [
    ...AutoencoderKL.survey(vae.config),
    ...UNet2DConditionModel.survey(unet.config),
    ...CLIPTextModel.survey(textEncoder.config),
  ]);
  const isSlow = checkWorkload(folder, image, limits);
  const parts = { vae: folder.vae.state, unet: folder.unet.state, text_encoder: folder.textEncoder.state };
  const parameters = { vae: 0, unet: 0, text_encoder: 0 };
  for (const part of Object.keys(parts) as (keyof typeof parts)[]) {
    options.signal?.throwIfAborted();
    parameters[part] = countFinite(parts[part], `${name}: ${part}`);
  }
  return { folder, image, parameters, isSlow };
}

/** Counts that a settings file asks for are looked at before anything is made of that many. */
function checkLayers(bytes: Uint8Array | undefined, where: string): void {
  if (bytes === undefined) return;
  const json = parseConfigJson(bytes, where);
  if (typeof json !== 'object' || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    const most = MOST[key];
    if (most === undefined) continue;
    // Lists of any length are measured before anything is made of them.
    const isLong = Array.isArray(value) && value.length > MAX_LEVELS;
    const counts: unknown[] = isLong ? value : [value].flat(3);
    const largest = counts.reduce<number>(
      (max, count) => (typeof count === 'number' && count > max ? count : max),
      0,
    );
    if (largest > most || counts.length > MAX_LEVELS) {
      const came = counts.length > MAX_LEVELS ? `${counts.length} entries` : String(largest);
      throw new Error(
        `${where}: "${key}": expected at most ${most} (${MAX_LEVELS} levels), got ${came}. Open a smaller model.`,
      );
    }
  }
}

/** The figures draw with up to so many steps, each at a timestep of its own. */
function checkTimesteps({ name, schedulerJson }: ModelFolder, { steps }: ModelLimits): void {
  const where = 'scheduler/scheduler_config.json';
  const { numTrainTimesteps } = chooseScheduler(schedulerJson, where).config;
  if (numTrainTimesteps < steps)
    throw new Error(
      `${name}: ${where}: "num_train_timesteps": expected at least ${steps}, since the figures draw with up to ${steps} steps, got ${numTrainTimesteps}. The figures can't use this model.`,
    );
}

/** Whether drawing with it is slow. @throws Error when it is too much for a page */
function checkWorkload(
  { name, vae, unet, textEncoder }: ModelFolder,
  image: ImageSizes,
  limits: ModelLimits,
): boolean {
  const { multiplyAdds, largestTensor } = workloadOf(
    { vae: vae.config, unet: unet.config, text: textEncoder.config },
    { imageSize: image.size, latentSize: image.latentSize, steps: limits.trialSteps },
  );
  const fail = (what: string, most: number, got: number): never => {
    throw new Error(
      `${name}: ${what}: expected at most ${round(most)}, which a page can draw with, got about ${round(got)}. Open a model with fewer channels or heads, or for smaller pictures.`,
    );
  };
  if (largestTensor > limits.tensor) fail('numbers in its largest tensor', limits.tensor, largestTensor);
  if (multiplyAdds > limits.multiplyAdds)
    fail(`multiplications for ${limits.trialSteps} steps`, limits.multiplyAdds, multiplyAdds);
  return multiplyAdds > limits.slowMultiplyAdds;
}

/** 8,700,000,000 as "8,700 million". */
const round = (n: number): string => `${Math.round(n / 1e6).toLocaleString('en')} million`;

/** What the settings ask for must fit a page, whatever the files hold. */
function checkExtent(name: string, limits: ModelLimits, parts: readonly FilePart[]): void {
  const total = parts.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  if (total > limits.parameters) {
    throw new Error(
      `${name}: expected at most ${limits.parameters / 1e6} million weights, which a page can draw with, got ${Math.round(total / 1e6)} million. Open a smaller model.`,
    );
  }
}

function checkSizes({ name, vae, unet }: ModelFolder, limits: ModelLimits): ImageSizes {
  const fail = (what: string, expected: string, got: unknown): never => {
    throw new Error(
      `${name}: ${what}: expected ${expected}, got ${String(got)}. The figures can't use this model.`,
    );
  };
  const { downsamplingFactor: f, latentChannels, inChannels, outChannels } = vae.config;
  if (inChannels !== 3) fail('vae in_channels', '3 (red, green, blue)', inChannels);
  if (outChannels !== 3) fail('vae out_channels', '3 (red, green, blue)', outChannels);
  if (f > limits.factor) fail('vae block_out_channels', `a factor f of at most ${limits.factor}`, f);
  if (latentChannels > limits.latentChannels)
    fail('vae latent_channels', `at most ${limits.latentChannels}`, latentChannels);
  const sample = unet.config.sampleSize ?? vae.config.sampleSize?.map((side) => side / f);
  const [height, width] = sample ?? fail('unet sample_size', 'the side of the latents', 'nothing');
  if (height !== width) return fail('unet sample_size', 'square latents', `${height} x ${width}`);
  if (!Number.isInteger(height)) fail('vae sample_size', `a multiple of ${f}`, height * f);
  if (height < 2 || height > limits.latentSide)
    fail('unet sample_size', `2 to ${limits.latentSide} latents a side`, height);
  if (height * f > limits.side) fail('the pictures', `at most ${limits.side} pixels a side`, height * f);
  // Halved at every level but the last, and doubled again: an odd side would not come back.
  const halvings = 2 ** (unet.config.blockOutChannels.length - 1);
  if (height % halvings !== 0)
    fail('unet sample_size', `a multiple of ${halvings} (it is halved at each level but the last)`, height);
  return { size: height * f, f, latentChannels, latentSize: height };
}

/** Counts the weights. @throws Error naming the first that is not a number or infinite */
function countFinite(state: StateDict, where: string): number {
  let count = 0;
  for (const [key, { data }] of state) {
    count += data.length;
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw new Error(
        `${where}: the tensor ${JSON.stringify(key)} holds ${data[at]} (number ${at + 1} of ${data.length}), expected finite numbers. Its training went wrong, or the file is damaged: use an earlier copy.`,
      );
    }
  }
  return count;
}
