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
import type { LayerTaps } from '../nn/taps.ts';
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
  /** Who looks at what happens inside, if anybody does. */
  readonly taps: LayerTaps | undefined;
}

/** What looks at the output of a resnet block. */
type Attend = (h: tf.Tensor4D, inputs: BlockInputs) => tf.Tensor4D;

/** A part of a block whose output can be tapped under its name. */
interface Named<T> {
  readonly name: string;
  readonly part: T;
}

/** A resnet block and what looks at its output. */
interface Layer {
  readonly resnet: Named<ResnetBlock2d>;
  readonly attention: Named<Attend> | undefined;
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
    const resnetScope = params.scope(`resnets.${i}`);
    const resnet = { name: resnetScope.path, part: readResnet(resnetScope, shared, input, channels) };
    const scope = params.scope(`attentions.${i}`);
    if (block.type.startsWith('CrossAttn')) {
      const transformer = readTransformer(scope, shared, channels, at(block.transformerLayers, i), block);
      const part: Attend = (h, { context, taps }) => transformer.forward(h, context, taps);
      return { resnet, attention: { name: scope.path, part } };
    }
    if (!block.type.startsWith('Attn')) return { resnet, attention: undefined };
    const attention = new SpatialAttention(scope, {
      channels,
      headDim: block.attentionHeadDim,
      groups: config.normNumGroups,
      epsilon: config.normEps,
    });
    const part: Attend = (h, { taps }) => attention.forward(h, taps);
    return { resnet, attention: { name: scope.path, part } };
  });
}

/** Shows an output to who looks at it, and hands it on. */
export function shown(taps: LayerTaps | undefined, name: string, output: tf.Tensor4D): tf.Tensor4D {
  taps?.give('activations', name, output);
  return output;
}

function apply({ resnet, attention }: Layer, x: tf.Tensor4D, inputs: BlockInputs): tf.Tensor4D {
  const { time, taps } = inputs;
  const h = shown(taps, resnet.name, resnet.part.forward(x, time));
  return attention === undefined ? h : shown(taps, attention.name, attention.part(h, inputs));
}

/** DownBlock2D, AttnDownBlock2D or CrossAttnDownBlock2D. */
export class DownBlock {
  readonly #name: string;
  readonly #layers: readonly Layer[];
  readonly #downsample: Downsample2d | undefined;

  constructor(params: ParameterReader, shared: BlockContext, block: UnetDownBlockConfig) {
    const inputs = Array.from({ length: block.numLayers }, (_, i) =>
      i === 0 ? block.inChannels : block.outChannels,
    );
    this.#name = params.path;
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
      if (this.#downsample !== undefined) {
        h = shown(inputs.taps, `${this.#name}.downsamplers.0`, this.#downsample.forward(h));
        skips.push(h);
      }
      shown(inputs.taps, this.#name, h);
      return skips;
    });
  }
}

/** UNetMidBlock2DCrossAttn, or UNetMidBlock2D, which is a single resnet block. */
export class MidBlock {
  readonly #name: string;
  readonly #first: ResnetBlock2d;
  readonly #rest: { readonly transformer: Transformer2d; readonly resnet: ResnetBlock2d } | undefined;

  constructor(params: ParameterReader, shared: BlockContext, block: UnetMidBlockConfig) {
    const { channels } = block;
    const scale = shared.config.midBlockScaleFactor;
    this.#name = params.path;
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
  forward(x: tf.Tensor4D, { time, context, taps }: BlockInputs): tf.Tensor4D {
    const part = (name: string, output: tf.Tensor4D): tf.Tensor4D =>
      shown(taps, `${this.#name}.${name}`, output);
    return tf.tidy(() => {
      let h = part('resnets.0', this.#first.forward(x, time));
      if (this.#rest !== undefined) {
        h = part('attentions.0', this.#rest.transformer.forward(h, context, taps));
        h = part('resnets.1', this.#rest.resnet.forward(h, time));
      }
      return shown(taps, this.#name, h);
    });
  }
}

/** UpBlock2D, AttnUpBlock2D or CrossAttnUpBlock2D. */
export class UpBlock {
  readonly #name: string;
  readonly #layers: readonly Layer[];
  readonly #upsample: Upsample2d | undefined;

  constructor(params: ParameterReader, shared: BlockContext, block: UnetUpBlockConfig) {
    this.#name = params.path;
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
      if (this.#upsample !== undefined) {
        h = shown(inputs.taps, `${this.#name}.upsamplers.0`, this.#upsample.forward(h, size));
      }
      return shown(inputs.taps, this.#name, h);
    });
  }
}
