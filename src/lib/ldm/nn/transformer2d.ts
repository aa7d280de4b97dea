// Transformer2DModel: self-attention, cross-attention to the text and a feed-forward layer over the positions of a feature map.
import * as tf from '@tensorflow/tfjs-core';
import { attention } from './attention.ts';
import { feedForward, readFeedForward, type FeedForwardParameters } from './feedForward.ts';
import { groupNorm, readGroupNorm, type GroupNormParameters } from './groupNorm.ts';
import { layerNorm, readLayerNorm, type LayerNormParameters } from './layerNorm.ts';
import { linear, readLinear, readLinears, readPointwise, type LinearParameters } from './linear.ts';
import type { ParameterReader } from './parameters.ts';
import { probabilityTap, type LayerTaps } from './taps.ts';

const GROUP_NORM_EPSILON = 1e-6;
const LAYER_NORM_EPSILON = 1e-5;

export interface Transformer2dOptions {
  readonly channels: number;
  readonly heads: number;
  readonly layers: number;
  readonly groups: number;
  readonly crossAttentionDim: number;
  /** The projections in and out are linear layers rather than 1x1 convolutions (the same sums, other shapes in the file). */
  readonly useLinearProjection: boolean;
  /** The first attention looks at the text as well. */
  readonly onlyCrossAttention: boolean;
  /** Numbers the layers that look at the text, over the whole model. */
  readonly contextLayers: ContextLayers;
}

/** The layers of a model that read the text: each turns a context into its keys and values. */
export class ContextLayers {
  readonly #layers: LinearParameters[] = [];

  add(keyValue: LinearParameters): number {
    return this.#layers.push(keyValue) - 1;
  }

  /** Keys and values of every layer, side by side: [B, T, 2 inner] each. */
  project(context: tf.Tensor3D): tf.Tensor3D[] {
    return this.#layers.map((layer) => linear(context, layer));
  }
}

/** Keys and values of the text for each layer, as `ContextLayers.project` made them. */
export type ProjectedContext = readonly tf.Tensor3D[];

interface Head {
  readonly heads: number;
  readonly headDim: number;
}

/** Attention with q, k, v without bias and an output layer with one. */
class AttentionLayer {
  readonly #name: string;
  readonly #head: Head;
  readonly #inner: number;
  /** q alone where keys and values come from the text, otherwise q, k and v. */
  readonly #project: LinearParameters;
  readonly #out: LinearParameters;
  readonly #contextIndex: number | undefined;

  constructor(
    params: ParameterReader,
    features: number,
    head: Head,
    context?: { readonly dim: number; readonly layers: ContextLayers },
  ) {
    this.#name = params.path;
    this.#head = head;
    this.#inner = head.heads * head.headDim;
    if (context === undefined) {
      this.#project = readLinears(params, ['to_q', 'to_k', 'to_v'], features, this.#inner, { bias: false });
    } else {
      this.#project = readLinears(params, ['to_q'], features, this.#inner, { bias: false });
      const keyValue = readLinears(params, ['to_k', 'to_v'], context.dim, this.#inner, { bias: false });
      this.#contextIndex = context.layers.add(keyValue);
    }
    this.#out = readLinear(params.scope('to_out.0'), this.#inner, features);
  }

  /** [B, T, C] to [B, T, C]. */
  forward(x: tf.Tensor3D, context: ProjectedContext, taps?: LayerTaps): tf.Tensor3D {
    const options = { ...this.#head, onProbabilities: probabilityTap(taps, this.#name) };
    const data = linear(x, this.#project);
    const inner = this.#inner;
    if (this.#contextIndex === undefined) {
      return linear(
        attention({ data, offset: 0 }, { data, offset: inner }, { data, offset: 2 * inner }, options),
        this.#out,
      );
    }
    const keyValue = context[this.#contextIndex];
    if (keyValue === undefined) throw new Error('transformer: the context was projected by another model');
    return linear(
      attention(
        { data, offset: 0 },
        { data: keyValue, offset: 0 },
        { data: keyValue, offset: inner },
        options,
      ),
      this.#out,
    );
  }
}

/** BasicTransformerBlock: three layers, each behind a layer norm and with a residual. */
class TransformerBlock {
  readonly #norms: readonly [LayerNormParameters, LayerNormParameters, LayerNormParameters];
  readonly #attention1: AttentionLayer;
  readonly #attention2: AttentionLayer;
  readonly #feedForward: FeedForwardParameters;

  constructor(params: ParameterReader, features: number, head: Head, options: Transformer2dOptions) {
    const context = { dim: options.crossAttentionDim, layers: options.contextLayers };
    const norm = (name: string): LayerNormParameters =>
      readLayerNorm(params.scope(name), features, LAYER_NORM_EPSILON);
    this.#norms = [norm('norm1'), norm('norm2'), norm('norm3')];
    const first = options.onlyCrossAttention ? context : undefined;
    this.#attention1 = new AttentionLayer(params.scope('attn1'), features, head, first);
    this.#attention2 = new AttentionLayer(params.scope('attn2'), features, head, context);
    this.#feedForward = readFeedForward(params.scope('ff'), features);
  }

  forward(x: tf.Tensor3D, context: ProjectedContext, taps?: LayerTaps): tf.Tensor3D {
    return tf.tidy(() => {
      let h = tf.add(x, this.#attention1.forward(layerNorm(x, this.#norms[0]), context, taps)) as tf.Tensor3D;
      h = tf.add(h, this.#attention2.forward(layerNorm(h, this.#norms[1]), context, taps));
      return tf.add(h, feedForward(layerNorm(h, this.#norms[2]), this.#feedForward)) as tf.Tensor3D;
    });
  }
}

export class Transformer2d {
  readonly #norm: GroupNormParameters;
  readonly #projIn: LinearParameters;
  readonly #blocks: readonly TransformerBlock[];
  readonly #projOut: LinearParameters;
  readonly #inner: number;

  constructor(params: ParameterReader, options: Transformer2dOptions) {
    const { channels, heads, layers, groups, useLinearProjection } = options;
    const headDim = Math.floor(channels / heads);
    this.#inner = heads * headDim;
    const readProjection = useLinearProjection ? readLinear : readPointwise;
    this.#norm = readGroupNorm(params.scope('norm'), channels, groups, GROUP_NORM_EPSILON);
    this.#projIn = readProjection(params.scope('proj_in'), channels, this.#inner);
    this.#blocks = Array.from(
      { length: layers },
      (_, i) =>
        new TransformerBlock(
          params.scope(`transformer_blocks.${i}`),
          this.#inner,
          { heads, headDim },
          options,
        ),
    );
    this.#projOut = readProjection(params.scope('proj_out'), this.#inner, channels);
  }

  /** [B, H, W, C] to [B, H, W, C]. */
  forward(x: tf.Tensor4D, context: ProjectedContext, taps?: LayerTaps): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    return tf.tidy(() => {
      const rows = tf.reshape(groupNorm(x, this.#norm), [batch, height * width, channels]) as tf.Tensor3D;
      let h = linear(rows, this.#projIn);
      for (const block of this.#blocks) h = block.forward(h, context, taps);
      return tf.add(x, tf.reshape(linear(h, this.#projOut), x.shape)) as tf.Tensor4D;
    });
  }
}
