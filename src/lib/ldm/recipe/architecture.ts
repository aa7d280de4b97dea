// From a recipe to the settings of the model that it trains, as diffusers and transformers write them. No tensors.
import {
  ConfigError,
  parseClipTextConfig,
  parseSchedulerConfig,
  parseUnetConfig,
  parseVaeConfig,
  type ClipTextConfig,
  type SchedulerConfig,
  type UnetConfig,
  type VaeConfig,
} from '../config/index.ts';
import { ConfigReader } from '../config/reader.ts';
import { CONDITIONINGS, PREDICTIONS, type Recipe } from './recipe.ts';

type Json = Readonly<Record<string, unknown>>;

/** A settings file and what it says. */
export interface Part<C> {
  readonly json: Json;
  readonly config: C;
}

export interface Architecture {
  readonly vae: Part<VaeConfig>;
  readonly unet: Part<UnetConfig>;
  readonly textEncoder: Part<ClipTextConfig>;
  readonly scheduler: Part<SchedulerConfig>;
  readonly modelIndex: Json;
}

/** What a tokenizer decides about the text encoder. */
export interface TextSize {
  readonly vocabSize: number;
  /** Tokens of a text, its begin and end included. */
  readonly length: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
  readonly padTokenId: number;
}

const WHERE = 'recipe';
const VERSION = '0.42.1'; // the diffusers whose files these are

/** Characters of a recipe's label for its data. */
const MAX_LABEL = 100;

/**
 * A recipe that can be trained, from anything.
 * @param kinds the labels that `data` may have; any text without them
 * @throws ConfigError naming the choice, what was expected and what came
 */
export function checkRecipe<const Data extends string = string>(
  value: unknown,
  kinds?: readonly Data[],
): Recipe<Data> {
  const reader = new ConfigReader(value, WHERE);
  const whole = (key: keyof Recipe, min: number, max: number): number =>
    reader.integer(key, undefined, { min, max });
  const rate = (key: keyof Recipe): number => reader.number(key, undefined, { above: 0, max: 1 });
  /** Group norms want channels that 4 divides, and so do the fused kernels. */
  const channels = (key: keyof Recipe, max: number): number => {
    const size = whole(key, 4, max);
    return size % 4 === 0 ? size : reader.fail(key, 'a multiple of 4', size);
  };
  const among = <const T extends number>(key: keyof Recipe, choices: readonly T[]): T =>
    choices.find((choice) => choice === reader.raw(key)) ?? reader.fail(key, choices.join(' or '));
  const label = (): string => {
    const data = reader.raw('data');
    return typeof data === 'string' && data.length <= MAX_LABEL
      ? data
      : reader.fail('data', `a label of at most ${MAX_LABEL} characters`, data);
  };
  const recipe: Recipe<Data> = {
    data: kinds === undefined ? (label() as Data) : reader.oneOf('data', undefined, kinds),
    images: whole('images', 1, 100_000),
    imageSize: among('imageSize', [32, 64]),
    factor: among('factor', [2, 4, 8]),
    latentChannels: whole('latentChannels', 1, 16),
    autoencoderWidth: channels('autoencoderWidth', 128),
    width: channels('width', 256),
    conditioning: reader.oneOf('conditioning', undefined, CONDITIONINGS),
    prediction: reader.oneOf('prediction', undefined, PREDICTIONS),
    minSnrGamma: reader.orNull('minSnrGamma', (key) => reader.number(key, undefined, { above: 0, max: 100 })),
    conditionDropout: reader.number('conditionDropout', undefined, { min: 0, max: 1 }),
    autoencoderSteps: whole('autoencoderSteps', 1, 1_000_000),
    autoencoderBatch: whole('autoencoderBatch', 1, 256),
    autoencoderLearningRate: rate('autoencoderLearningRate'),
    klWeight: reader.number('klWeight', undefined, { min: 0, max: 1 }),
    denoiserSteps: whole('denoiserSteps', 1, 1_000_000),
    batch: whole('batch', 1, 512),
    learningRate: rate('learningRate'),
    seed: whole('seed', 0, Number.MAX_SAFE_INTEGER),
  };
  reader.finish();
  return recipe;
}

/** Side of a latent. */
export const latentSide = ({ imageSize, factor }: Recipe): number => imageSize / factor;

/** Few channels want few groups: a group of one or two channels loses what they say by their size. */
const AUTOENCODER_GROUPS = 4;

/** 8 groups, or 4 where 8 does not divide the channels. */
const denoiserGroups = (width: number): number => (width % 8 === 0 ? 8 : 4);

/** Heads of 8 channels each, or of 4. */
const headsFor = (channels: number): number => (channels % 8 === 0 ? channels / 8 : channels / 4);

/** Width of the text states: words need some room, also where the denoiser is narrow. */
const textWidth = ({ width }: Recipe): number => Math.max(64, width);

function vaeJson(recipe: Recipe): Json {
  const levels = Math.log2(recipe.factor) + 1;
  const perLevel = (name: string): string[] => Array.from({ length: levels }, () => name);
  return {
    _class_name: 'AutoencoderKL',
    _diffusers_version: VERSION,
    act_fn: 'silu',
    block_out_channels: Array.from({ length: levels }, (_, i) => recipe.autoencoderWidth * 2 ** i),
    down_block_types: perLevel('DownEncoderBlock2D'),
    force_upcast: false,
    in_channels: 3,
    latent_channels: recipe.latentChannels,
    layers_per_block: 1,
    mid_block_add_attention: false,
    norm_num_groups: AUTOENCODER_GROUPS,
    out_channels: 3,
    sample_size: recipe.imageSize,
    // The latents' own mean and spread are folded into quant_conv and post_quant_conv.
    scaling_factor: 1,
    up_block_types: perLevel('UpDecoderBlock2D'),
    use_post_quant_conv: true,
    use_quant_conv: true,
  };
}

/** Two levels. Attention on the finer one costs the square of its pixels: only where these are few. */
function unetJson(recipe: Recipe): Json {
  const side = latentSide(recipe);
  const [down, up] =
    side <= 8 ? ['CrossAttnDownBlock2D', 'CrossAttnUpBlock2D'] : ['DownBlock2D', 'UpBlock2D'];
  const widths = [recipe.width, 2 * recipe.width];
  return {
    _class_name: 'UNet2DConditionModel',
    _diffusers_version: VERSION,
    act_fn: 'silu',
    // In diffusers this is the number of heads (issue 2011 there).
    attention_head_dim: widths.map(headsFor),
    block_out_channels: widths,
    center_input_sample: false,
    cross_attention_dim: textWidth(recipe),
    down_block_types: [down, 'CrossAttnDownBlock2D'],
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    in_channels: recipe.latentChannels,
    layers_per_block: 1,
    mid_block_scale_factor: 1,
    mid_block_type: 'UNetMidBlock2DCrossAttn',
    norm_eps: 1e-5,
    norm_num_groups: denoiserGroups(recipe.width),
    out_channels: recipe.latentChannels,
    sample_size: side,
    up_block_types: ['CrossAttnUpBlock2D', up],
  };
}

/** Facts need no order of words, so their encoder has no hidden layer: one vector a word and one a place, normalised. */
function textEncoderJson(recipe: Recipe, text: TextSize): Json {
  return {
    architectures: ['CLIPTextModel'],
    bos_token_id: text.bosTokenId,
    dtype: 'float32',
    eos_token_id: text.eosTokenId,
    hidden_act: 'quick_gelu',
    hidden_size: textWidth(recipe),
    initializer_range: 0.02,
    intermediate_size: 4 * textWidth(recipe),
    layer_norm_eps: 1e-5,
    max_position_embeddings: text.length,
    model_type: 'clip_text_model',
    num_attention_heads: headsFor(textWidth(recipe)),
    num_hidden_layers: recipe.conditioning === 'sentences' ? 2 : 0,
    pad_token_id: text.padTokenId,
    projection_dim: textWidth(recipe),
    vocab_size: text.vocabSize,
  };
}

function schedulerJson({ prediction }: Recipe): Json {
  if (prediction === 'flow') {
    return {
      _class_name: 'FlowMatchEulerDiscreteScheduler',
      _diffusers_version: VERSION,
      num_train_timesteps: 1000,
      shift: 1,
      use_dynamic_shifting: false,
    };
  }
  return {
    _class_name: 'DPMSolverMultistepScheduler',
    _diffusers_version: VERSION,
    algorithm_type: 'dpmsolver++',
    beta_end: 0.02,
    beta_schedule: 'squaredcos_cap_v2',
    beta_start: 0.0001,
    euler_at_final: false,
    final_sigmas_type: 'zero',
    lower_order_final: true,
    num_train_timesteps: 1000,
    prediction_type: prediction,
    solver_order: 2,
    solver_type: 'midpoint',
    steps_offset: 1,
    thresholding: false,
    // The last timestep holds next to no picture, and there a prediction of the noise says nothing of the picture: begin
    // before it, as Stable Diffusion does (Lin et al. 2023, section 3.3).
    timestep_spacing: prediction === 'epsilon' ? 'leading' : 'trailing',
  };
}

/** model_index.json as StableDiffusionPipeline writes it. */
function modelIndexJson(schedulerClass: unknown): Json {
  return {
    _class_name: 'StableDiffusionPipeline',
    _diffusers_version: VERSION,
    feature_extractor: [null, null],
    image_encoder: [null, null],
    requires_safety_checker: false,
    safety_checker: [null, null],
    scheduler: ['diffusers', schedulerClass],
    text_encoder: ['transformers', 'CLIPTextModel'],
    tokenizer: ['transformers', 'CLIPTokenizer'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
  };
}

const part = <C>(json: Json, parse: (json: unknown, where: string) => C, where: string): Part<C> => ({
  json,
  config: parse(json, where),
});

/** @throws ConfigError when the recipe's choices do not go together */
export function architectureOf(recipe: Recipe, text: TextSize): Architecture {
  const { vocabSize, length } = text;
  if (!Number.isSafeInteger(vocabSize) || vocabSize < 2) {
    throw new ConfigError(WHERE, 'vocabSize', 'a whole number from 2', vocabSize);
  }
  if (!Number.isSafeInteger(length) || length < 2) {
    throw new ConfigError(WHERE, 'length', 'a whole number of tokens from 2 (a begin and an end)', length);
  }
  const scheduler = schedulerJson(recipe);
  return {
    vae: part(vaeJson(recipe), parseVaeConfig, 'vae/config.json'),
    unet: part(unetJson(recipe), parseUnetConfig, 'unet/config.json'),
    textEncoder: part(textEncoderJson(recipe, text), parseClipTextConfig, 'text_encoder/config.json'),
    scheduler: part(scheduler, parseSchedulerConfig, 'scheduler/scheduler_config.json'),
    modelIndex: modelIndexJson(scheduler['_class_name']),
  };
}
