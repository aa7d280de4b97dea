// The blocks of the denoiser: one resolution each on the way down and up, and the middle.
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import type {
  UnetConfig,
  UnetDownBlockConfig,
  UnetMidBlockConfig,
  UnetUpBlockConfig,
} from '../config/index.ts';
import type { ParameterReader } from '../nn/parameters.ts';
import { Downsample2d, Upsample2d } from '../nn/resample.ts';
import { ResnetBlock2d, type TimeProjections, type TimeRows } from '../nn/resnetBlock2d.ts';
import { SpatialAttention } from '../nn/spatialAttention.ts';
import { Transformer2d, type ContextLayers, type ProjectedContext } from '../nn/transformer2d.ts';

/** What all blocks of a model share while they are read. */
export interface BlockContext {
  readonly config: UnetConfig;
  readonly timeProjections: TimeProjections;
  readonly contextLayers: ContextLayers;
}

/** What every block gets beside the feature map. */
export interface BlockInputs {
  readonly time: TimeRows;
  readonly context: ProjectedContext;
}

/** A resnet block and what looks at its output. */
interface Layer {
  readonly resnet: ResnetBlock2d;
  readonly attention: { forward(x: tf.Tensor4D, context: ProjectedContext): tf.Tensor4D } | undefined;
}

function readResnet(
  params: ParameterReader,
  { config, timeProjections }: BlockContext,
  inChannels: number,
  outChannels: number,
  outputScaleFactor = 1,
): ResnetBlock2d {
  return new ResnetBlock2d(params, {
    inChannels,
    outChannels,
    groups: config.normNumGroups,
    epsilon: config.normEps,
    activation: config.actFn,
    time: { scaleShift: config.resnetTimeScaleShift, book: timeProjections },
    outputScaleFactor,
  });
}

function readTransformer(
  params: ParameterReader,
  { config, contextLayers }: BlockContext,
  channels: number,
  layers: number,
  block: { numAttentionHeads: number; crossAttentionDim: number; onlyCrossAttention?: boolean },
): Transformer2d {
  return new Transformer2d(params, {
    channels,
    heads: block.numAttentionHeads,
    layers,
    groups: config.normNumGroups,
    crossAttentionDim: block.crossAttentionDim,
    useLinearProjection: config.useLinearProjection,
    onlyCrossAttention: block.onlyCrossAttention ?? false,
    contextLayers,
  });
}

function readLayers(
  params: ParameterReader,
  shared: BlockContext,
  block: UnetDownBlockConfig | UnetUpBlockConfig,
  inChannels: readonly number[],
): readonly Layer[] {
  const { config } = shared;
  const channels = block.outChannels;
  return inChannels.map((input, i) => {
    const resnet = readResnet(params.scope(`resnets.${i}`), shared, input, channels);
    const scope = params.scope(`attentions.${i}`);
    if (block.type.startsWith('CrossAttn')) {
      const layers = at(block.transformerLayers, i);
      return { resnet, attention: readTransformer(scope, shared, channels, layers, block) };
    }
    if (!block.type.startsWith('Attn')) return { resnet, attention: undefined };
    const attention = new SpatialAttention(scope, {
      channels,
      headDim: block.attentionHeadDim,
      groups: config.normNumGroups,
      epsilon: config.normEps,
    });
    return { resnet, attention };
  });
}

const apply = ({ resnet, attention }: Layer, x: tf.Tensor4D, { time, context }: BlockInputs): tf.Tensor4D => {
  const h = resnet.forward(x, time);
  return attention === undefined ? h : attention.forward(h, context);
};

/** DownBlock2D, AttnDownBlock2D or CrossAttnDownBlock2D. */
export class DownBlock {
  readonly #layers: readonly Layer[];
  readonly #downsample: Downsample2d | undefined;

  constructor(params: ParameterReader, shared: BlockContext, block: UnetDownBlockConfig) {
    const inputs = Array.from({ length: block.numLayers }, (_, i) =>
      i === 0 ? block.inChannels : block.outChannels,
    );
    this.#layers = readLayers(params, shared, block, inputs);
    this.#downsample = block.addDownsample
      ? new Downsample2d(params.scope('downsamplers.0'), block.outChannels, shared.config.downsamplePadding)
      : undefined;
  }

  /** The outputs of every layer, the downsampled one last: the skip connections. */
  forward(x: tf.Tensor4D, inputs: BlockInputs): tf.Tensor4D[] {
    return tf.tidy(() => {
      const skips: tf.Tensor4D[] = [];
      let h = x;
      for (const layer of this.#layers) {
        h = tf.tidy(() => apply(layer, h, inputs));
        skips.push(h);
      }
      if (this.#downsample !== undefined) skips.push(this.#downsample.forward(h));
      return skips;
    });
  }
}

/** UNetMidBlock2DCrossAttn, or UNetMidBlock2D, which is a single resnet block. */
export class MidBlock {
  readonly #first: ResnetBlock2d;
  readonly #rest: { readonly transformer: Transformer2d; readonly resnet: ResnetBlock2d } | undefined;

  constructor(params: ParameterReader, shared: BlockContext, block: UnetMidBlockConfig) {
    const { channels } = block;
    const scale = shared.config.midBlockScaleFactor;
    this.#first = readResnet(params.scope('resnets.0'), shared, channels, channels, scale);
    if (block.type === 'UNetMidBlock2DCrossAttn') {
      this.#rest = {
        transformer: readTransformer(
          params.scope('attentions.0'),
          shared,
          channels,
          block.transformerLayers,
          block,
        ),
        resnet: readResnet(params.scope('resnets.1'), shared, channels, channels, scale),
      };
    }
  }

  /** [B, H, W, C] to [B, H, W, C]. */
  forward(x: tf.Tensor4D, { time, context }: BlockInputs): tf.Tensor4D {
    return tf.tidy(() => {
      const h = this.#first.forward(x, time);
      if (this.#rest === undefined) return h;
      return this.#rest.resnet.forward(this.#rest.transformer.forward(h, context), time);
    });
  }
}

/** UpBlock2D, AttnUpBlock2D or CrossAttnUpBlock2D. */
export class UpBlock {
  readonly #layers: readonly Layer[];
  readonly #upsample: Upsample2d | undefined;

  constructor(params: ParameterReader, shared: BlockContext, block: UnetUpBlockConfig) {
    this.#layers = readLayers(params, shared, block, block.resnetInChannels);
    this.#upsample = block.addUpsample
      ? new Upsample2d(params.scope('upsamplers.0'), block.outChannels)
      : undefined;
  }

  get numLayers(): number {
    return this.#layers.length;
  }

  /**
   * @param skips one per layer, in the order in which they are taken
   * @param size height and width to enlarge to, if not twice the present ones
   */
  forward(
    x: tf.Tensor4D,
    skips: readonly tf.Tensor4D[],
    inputs: BlockInputs,
    size?: readonly [number, number],
  ): tf.Tensor4D {
    return tf.tidy(() => {
      let h = x;
      this.#layers.forEach((layer, i) => {
        const input = h;
        h = tf.tidy(() => apply(layer, tf.concat4d([input, skips[i] as tf.Tensor4D], 3), inputs));
      });
      return this.#upsample === undefined ? h : this.#upsample.forward(h, size);
    });
  }
}
