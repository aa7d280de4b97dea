// The settings of a first stage (diffusers' AutoencoderKL).
import { ConfigReader } from './reader.ts';
import { checkGroups, readActivation, readSampleSize, type Activation } from './shared.ts';

export interface VaeConfig {
  /** Channels of the images that go in and come out. */
  readonly inChannels: number;
  readonly outChannels: number;
  /** Channels of the latents; the encoder's last convolution gives twice as many (mean and log variance). */
  readonly latentChannels: number;
  /** Channels of each level, the finest first. Each level but the last halves the sides. */
  readonly blockOutChannels: readonly number[];
  /** Resnets of a level in the encoder; the decoder has one more. */
  readonly layersPerBlock: number;
  /** Activation inside the resnets; the one before each half's last convolution is always silu. */
  readonly actFn: Activation;
  readonly normNumGroups: number;
  /** Height and width that the model was trained at, for information. */
  readonly sampleSize: readonly [number, number] | null;
  /** Latents for the denoiser are (z - shiftFactor) * scalingFactor. */
  readonly scalingFactor: number;
  /** null counts as 0. Stable Diffusion's pipelines leave it out. */
  readonly shiftFactor: number | null;
  /** One number a latent channel, or null; used by some pipelines instead of the two above. */
  readonly latentsMean: readonly number[] | null;
  readonly latentsStd: readonly number[] | null;
  readonly useQuantConv: boolean;
  readonly usePostQuantConv: boolean;
  /** Whether the middle of both halves has its one-head attention. */
  readonly midBlockAddAttention: boolean;
  /**
   * How the decoder doubles a side: nearest neighbour and a convolution (diffusers' way), or one transposed
   * convolution with stride 2. The second is this library's own key, to show why the first is used.
   */
  readonly upsampleType: 'conv' | 'conv_transpose';
  /** f = 2^(levels - 1): an image side is f times its latent's side. */
  readonly downsamplingFactor: number;
}

/** @throws ConfigError naming the key, what was expected and what came. */
export function parseVaeConfig(json: unknown, where = 'the settings of the first stage'): VaeConfig {
  const reader = new ConfigReader(json, where);
  reader.className('AutoencoderKL');
  const blockOutChannels = reader.integers('block_out_channels', [64]);
  const levels = blockOutChannels.length;
  const down = reader.names('down_block_types', ['DownEncoderBlock2D'], ['DownEncoderBlock2D']);
  const up = reader.names('up_block_types', ['UpDecoderBlock2D'], ['UpDecoderBlock2D']);
  const entries = `${levels} entries, one for each of block_out_channels`;
  if (down.length !== levels) reader.fail('down_block_types', entries, down);
  if (up.length !== levels) reader.fail('up_block_types', entries, up);
  const normNumGroups = reader.integer('norm_num_groups', 32);
  for (const [i, channels] of blockOutChannels.entries()) {
    checkGroups(reader, normNumGroups, channels, `block_out_channels[${i}]`);
  }
  const latentChannels = reader.integer('latent_channels', 4);
  const scalingFactor = reader.number('scaling_factor', 0.18215);
  if (scalingFactor === 0) reader.fail('scaling_factor', 'a number other than 0');
  const perChannel = (key: string): readonly number[] => {
    const values = reader.numbers(key);
    return values.length === latentChannels
      ? values
      : reader.fail(key, `${latentChannels} numbers (latent_channels)`);
  };
  const config: VaeConfig = {
    inChannels: reader.integer('in_channels', 3),
    outChannels: reader.integer('out_channels', 3),
    latentChannels,
    blockOutChannels,
    layersPerBlock: reader.integer('layers_per_block', 1),
    actFn: readActivation(reader, 'act_fn'),
    normNumGroups,
    sampleSize: readSampleSize(reader, 32),
    scalingFactor,
    shiftFactor: reader.orNull('shift_factor', (key) => reader.number(key, 0)),
    latentsMean: reader.orNull('latents_mean', perChannel),
    latentsStd: reader.orNull('latents_std', perChannel),
    useQuantConv: reader.boolean('use_quant_conv', true),
    usePostQuantConv: reader.boolean('use_post_quant_conv', true),
    midBlockAddAttention: reader.boolean('mid_block_add_attention', true),
    upsampleType: reader.oneOf('upsample_type', 'conv', ['conv', 'conv_transpose']),
    downsamplingFactor: 2 ** (levels - 1),
  };
  if (config.latentsStd?.includes(0)) reader.fail('latents_std', 'numbers other than 0');
  reader.ignore('force_upcast'); // everything is float32 here
  reader.finish();
  return config;
}
