// The settings of a denoiser (diffusers' UNet2DConditionModel), with the layout of its blocks worked out.
import { ConfigReader } from './reader.ts';
import { checkGroups, readActivation, readSampleSize, type Activation } from './shared.ts';
import { refuseUnetExtras } from './unetExtras.ts';
import { readTransformerLayers } from './unetLayers.ts';

interface BlockCommon {
  /** Transformer blocks after each resnet, one entry a resnet; only for cross-attention blocks. */
  readonly transformerLayers: readonly number[];
  /** Heads of a cross-attention block's attentions; a head has outChannels / numAttentionHeads channels. */
  readonly numAttentionHeads: number;
  /** Channels of one head in a plain attention block (AttnDownBlock2D, AttnUpBlock2D). */
  readonly attentionHeadDim: number;
  /** Width of the text states that a cross-attention block attends to. */
  readonly crossAttentionDim: number;
  /** True: the first attention of each transformer block looks at the text too. */
  readonly onlyCrossAttention: boolean;
}

export interface UnetDownBlockConfig extends BlockCommon {
  readonly type: 'DownBlock2D' | 'CrossAttnDownBlock2D' | 'AttnDownBlock2D';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly numLayers: number;
  readonly addDownsample: boolean;
}

/** Its transformer blocks always have self-attention, and no upcast: onlyCrossAttention does not apply. */
export interface UnetMidBlockConfig {
  readonly type: 'UNetMidBlock2DCrossAttn' | 'UNetMidBlock2D';
  readonly channels: number;
  readonly transformerLayers: number;
  readonly numAttentionHeads: number;
  readonly crossAttentionDim: number;
}

export interface UnetUpBlockConfig extends BlockCommon {
  readonly type: 'UpBlock2D' | 'CrossAttnUpBlock2D' | 'AttnUpBlock2D';
  /** Input channels of each resnet after the skip connection is appended, one entry a resnet. */
  readonly resnetInChannels: readonly number[];
  /** Channels of the skip connection appended before each resnet. */
  readonly skipChannels: readonly number[];
  readonly outChannels: number;
  /** layersPerBlock + 1. */
  readonly numLayers: number;
  readonly addUpsample: boolean;
}

export interface UnetConfig {
  readonly sampleSize: readonly [number, number] | null;
  readonly inChannels: number;
  readonly outChannels: number;
  /** True: the input x becomes 2 x - 1 first. */
  readonly centerInputSample: boolean;
  /** True: the time embedding is [cos, sin]; false: [sin, cos]. */
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
  /** Channels of each level, the finest first. */
  readonly blockOutChannels: readonly number[];
  readonly downBlocks: readonly UnetDownBlockConfig[];
  readonly midBlock: UnetMidBlockConfig | null;
  /** From the coarsest level to the finest. */
  readonly upBlocks: readonly UnetUpBlockConfig[];
  /** 1: stride-2 convolution padded by 1 all round. 0: padded right and bottom only. */
  readonly downsamplePadding: 0 | 1;
  /** The middle resnets' (input + output) is divided by this; its attention's output is not. */
  readonly midBlockScaleFactor: number;
  readonly actFn: Activation;
  readonly normNumGroups: number;
  readonly normEps: number;
  /** True: proj_in and proj_out of the transformers are linear layers, false: 1x1 convolutions. */
  readonly useLinearProjection: boolean;
  /** default: the time is added. scale_shift: it scales and shifts the second group norm's output. */
  readonly resnetTimeScaleShift: 'default' | 'scale_shift';
  /** Width of the embedded time (time_embedding_dim, else four times the first level's channels). */
  readonly timeEmbedDim: number;
  /** Applied to the embedded time, after timestepPostAct, before the blocks; null: nothing. */
  readonly timeEmbeddingActFn: Activation | null;
  /** Applied to the output of time_embedding.linear_2; null: nothing. */
  readonly timestepPostAct: Activation | null;
  /** Odd; the padding is (size - 1) / 2. */
  readonly convInKernel: number;
  readonly convOutKernel: number;
  /** Width of the text states, when all blocks that look at them agree; null when none looks. */
  readonly crossAttentionDim: number | null;
}

const downTypes = ['DownBlock2D', 'CrossAttnDownBlock2D', 'AttnDownBlock2D'] as const;
const midTypes = ['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D'] as const;
const upTypes = ['UpBlock2D', 'CrossAttnUpBlock2D', 'AttnUpBlock2D'] as const;
const cross3 = [
  'CrossAttnDownBlock2D',
  'CrossAttnDownBlock2D',
  'CrossAttnDownBlock2D',
  'DownBlock2D',
] as const;
const up3 = ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'] as const;

/** @throws ConfigError naming the key, what was expected and what came. */
export function parseUnetConfig(json: unknown, where = 'the settings of the denoiser'): UnetConfig {
  const reader = new ConfigReader(json, where);
  reader.className('UNet2DConditionModel');
  const widths = reader.integers('block_out_channels', [320, 640, 1280, 1280]);
  const levels = widths.length;
  const downBlockTypes = reader.names('down_block_types', cross3, downTypes);
  const upBlockTypes = reader.names('up_block_types', up3, upTypes);
  const entries = `${levels} entries, one for each of block_out_channels`;
  if (downBlockTypes.length !== levels) reader.fail('down_block_types', entries, downBlockTypes);
  if (upBlockTypes.length !== levels) reader.fail('up_block_types', entries, upBlockTypes);
  // An absent mid_block_type is the default, null is none.
  const midType =
    reader.raw('mid_block_type') === null
      ? null
      : reader.oneOf('mid_block_type', 'UNetMidBlock2DCrossAttn', midTypes);

  const layers = reader.integerPerLevel('layers_per_block', 2, levels);
  const headDims = reader.integerPerLevel('attention_head_dim', 8, levels);
  // attention_head_dim is the number of heads, unless num_attention_heads is given (diffusers issue 2011).
  const heads =
    reader.orNull('num_attention_heads', (key) => reader.integerPerLevel(key, 8, levels)) ?? headDims;
  const crossDims = reader.integerPerLevel('cross_attention_dim', 1280, levels);
  const transformers = readTransformerLayers(reader, layers);
  const onlyCross = readOnlyCross(reader, levels);

  const at = <T>(list: readonly T[], i: number): T => list[i] as T;
  const last = levels - 1;
  const downBlocks = downBlockTypes.map((type, i): UnetDownBlockConfig => {
    return {
      type,
      inChannels: at(widths, Math.max(0, i - 1)),
      outChannels: at(widths, i),
      numLayers: at(layers, i),
      addDownsample: i < last,
      transformerLayers: at(transformers.down, i),
      numAttentionHeads: at(heads, i),
      attentionHeadDim: at(headDims, i),
      crossAttentionDim: at(crossDims, i),
      onlyCrossAttention: at(onlyCross, i),
    };
  });
  const midBlock: UnetMidBlockConfig | null = midType && {
    type: midType,
    channels: at(widths, last),
    transformerLayers: transformers.mid,
    numAttentionHeads: at(heads, last),
    crossAttentionDim: at(crossDims, last),
  };
  const upBlocks = upBlockTypes.map((type, i): UnetUpBlockConfig => {
    const level = last - i;
    const outChannels = at(widths, level);
    const numLayers = at(layers, level) + 1;
    // The last resnet's skip comes from the level above (its downsampler, or conv_in on the finest level).
    const skipChannels = Array.from({ length: numLayers }, (_, n) =>
      n === numLayers - 1 ? at(widths, Math.max(0, level - 1)) : outChannels,
    );
    const previous = at(widths, Math.min(last, level + 1));
    return {
      type,
      resnetInChannels: skipChannels.map((skip, n) => skip + (n === 0 ? previous : outChannels)),
      skipChannels,
      outChannels,
      numLayers,
      addUpsample: i < last,
      transformerLayers: at(transformers.up, i),
      numAttentionHeads: at(heads, level),
      // Not reversed: diffusers hands the up blocks attention_head_dim[i] of the down order.
      attentionHeadDim: at(headDims, i),
      crossAttentionDim: at(crossDims, level),
      onlyCrossAttention: at(onlyCross, level),
    };
  });

  const config: UnetConfig = {
    sampleSize: readSampleSize(reader, null),
    inChannels: reader.integer('in_channels', 4),
    outChannels: reader.integer('out_channels', 4),
    centerInputSample: reader.boolean('center_input_sample', false),
    flipSinToCos: reader.boolean('flip_sin_to_cos', true),
    freqShift: reader.number('freq_shift', 0),
    blockOutChannels: widths,
    downBlocks,
    midBlock,
    upBlocks,
    downsamplePadding: reader.integer('downsample_padding', 1, { min: 0, max: 1 }) as 0 | 1,
    midBlockScaleFactor: reader.number('mid_block_scale_factor', 1),
    actFn: readActivation(reader, 'act_fn'),
    normNumGroups: reader.integer('norm_num_groups', 32),
    normEps: reader.number('norm_eps', 1e-5, { min: 0 }),
    useLinearProjection: reader.boolean('use_linear_projection', false),
    resnetTimeScaleShift: reader.oneOf('resnet_time_scale_shift', 'default', ['default', 'scale_shift']),
    timeEmbedDim: reader.orNull('time_embedding_dim', (key) => reader.integer(key, 1)) ?? 4 * at(widths, 0),
    timeEmbeddingActFn: reader.orNull('time_embedding_act_fn', (key) => readActivation(reader, key)),
    timestepPostAct: reader.orNull('timestep_post_act', (key) => readActivation(reader, key)),
    convInKernel: readOddKernel(reader, 'conv_in_kernel'),
    convOutKernel: readOddKernel(reader, 'conv_out_kernel'),
    crossAttentionDim: commonCrossDim(reader, downBlocks, midBlock, upBlocks),
  };
  checkBlocks(reader, config);
  refuseUnetExtras(reader);
  reader.finish();
  return config;
}

function readOnlyCross(reader: ConfigReader, levels: number): readonly boolean[] {
  const key = 'only_cross_attention';
  const value = reader.raw(key) ?? false;
  if (typeof value === 'boolean') return Array.from({ length: levels }, () => value);
  if (!Array.isArray(value) || value.length !== levels || !value.every((item) => typeof item === 'boolean')) {
    return reader.fail(key, `true, false, or a list of ${levels} of them`, value);
  }
  return value;
}

function readOddKernel(reader: ConfigReader, key: string): number {
  const size = reader.integer(key, 3);
  return size % 2 === 1
    ? size
    : reader.fail(key, 'an odd kernel size (an even one would change the picture size)');
}

/** All blocks that look at the text must take states of one width, since there is one text encoder. */
function commonCrossDim(
  reader: ConfigReader,
  down: readonly UnetDownBlockConfig[],
  mid: UnetMidBlockConfig | null,
  up: readonly UnetUpBlockConfig[],
): number | null {
  const looking = [...down, ...(mid ? [mid] : []), ...up].filter(({ type }) => type.includes('CrossAttn'));
  const dims = new Set(looking.map((block) => block.crossAttentionDim));
  if (dims.size > 1) reader.fail('cross_attention_dim', 'one width for all blocks that use it', [...dims]);
  return [...dims][0] ?? null;
}

/** Group norms and heads must divide the channels they work on. */
function checkBlocks(reader: ConfigReader, config: UnetConfig): void {
  const groups = config.normNumGroups;
  if (config.blockOutChannels[0] !== undefined && config.blockOutChannels[0] % 2 === 1) {
    reader.fail(
      'block_out_channels',
      'an even number first (it is the size of the sinusoidal time embedding)',
    );
  }
  // Widths with a skip connection appended are sums of these, so the groups divide them too.
  for (const [i, width] of config.blockOutChannels.entries()) {
    checkGroups(reader, groups, width, `block_out_channels[${i}]`);
  }
  const headsKey =
    (reader.raw('num_attention_heads') ?? null) === null ? 'attention_head_dim' : 'num_attention_heads';
  const blocks = [
    ...config.downBlocks.map((block, i) => ({
      ...block,
      name: `down_blocks.${i}`,
      channels: block.outChannels,
    })),
    ...(config.midBlock ? [{ ...config.midBlock, name: 'mid_block', attentionHeadDim: 1 }] : []),
    ...config.upBlocks.map((block, i) => ({ ...block, name: `up_blocks.${i}`, channels: block.outChannels })),
  ];
  for (const { type, name, channels, numAttentionHeads, attentionHeadDim } of blocks) {
    if (type.includes('CrossAttn') && channels % numAttentionHeads !== 0) {
      reader.fail(
        headsKey,
        `a number of heads that divides the ${channels} channels of ${name}`,
        numAttentionHeads,
      );
    }
    if (type.startsWith('Attn') && channels % attentionHeadDim !== 0) {
      reader.fail(
        'attention_head_dim',
        `a head size that divides the ${channels} channels of ${name}`,
        attentionHeadDim,
      );
    }
  }
}
