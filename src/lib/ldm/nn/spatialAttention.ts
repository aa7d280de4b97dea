// The attention block of the autoencoder and of AttnDownBlock2D: group norm, self-attention over all positions, residual.
import * as tf from '@tensorflow/tfjs-core';
import { attention } from './attention.ts';
import { groupNorm, readGroupNorm, type GroupNormParameters } from './groupNorm.ts';
import { linear, readLinear, readLinears, type LinearParameters } from './linear.ts';
import type { ParameterReader } from './parameters.ts';
import { probabilityTap, type LayerTaps } from './taps.ts';

export interface SpatialAttentionOptions {
  readonly channels: number;
  readonly headDim: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** What the projections were called before diffusers 0.12, for older files. */
const NAMES = {
  query: ['to_q', 'query'],
  key: ['to_k', 'key'],
  value: ['to_v', 'value'],
  out: ['to_out.0', 'proj_attn'],
} as const;

export class SpatialAttention {
  readonly #name: string;
  readonly #norm: GroupNormParameters;
  readonly #qkv: LinearParameters;
  readonly #out: LinearParameters;
  readonly #heads: number;
  readonly #headDim: number;

  constructor(params: ParameterReader, { channels, headDim, groups, epsilon }: SpatialAttentionOptions) {
    this.#name = params.path;
    this.#heads = Math.floor(channels / headDim);
    this.#headDim = headDim;
    const inner = this.#heads * headDim;
    const present = (names: readonly [string, string]): string =>
      !params.has(`${names[0]}.weight`) && params.has(`${names[1]}.weight`) ? names[1] : names[0];
    this.#norm = readGroupNorm(params.scope('group_norm'), channels, groups, epsilon);
    const names = [present(NAMES.query), present(NAMES.key), present(NAMES.value)];
    this.#qkv = readLinears(params, names, channels, inner, { bias: true });
    this.#out = readLinear(params.scope(present(NAMES.out)), inner, channels);
  }

  /** [B, H, W, C] to [B, H, W, C]. */
  forward(x: tf.Tensor4D, taps?: LayerTaps): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    return tf.tidy(() => {
      const h = tf.reshape(groupNorm(x, this.#norm), [batch, height * width, channels]) as tf.Tensor3D;
      const data = linear(h, this.#qkv); // [B, HW, 3 inner]
      const inner = this.#heads * this.#headDim;
      const mixed = attention(
        { data, offset: 0 },
        { data, offset: inner },
        { data, offset: 2 * inner },
        {
          heads: this.#heads,
          headDim: this.#headDim,
          onProbabilities: probabilityTap(taps, this.#name),
        },
      );
      return tf.add(x, tf.reshape(linear(mixed, this.#out), x.shape)) as tf.Tensor4D;
    });
  }
}
