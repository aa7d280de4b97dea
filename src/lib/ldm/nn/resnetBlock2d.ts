// ResnetBlock2D: norm, activation, convolution, + time embedding, norm, activation, convolution, + shortcut.
import * as tf from '@tensorflow/tfjs-core';
import { activate, type ActivationName } from './activations.ts';
import { conv2d, readConv2d, type Conv2dParameters } from './conv2d.ts';
import { groupNorm, readGroupNorm, type GroupNormParameters } from './groupNorm.ts';
import { linear, readPointwise, type LinearParameters } from './linear.ts';
import type { MatrixSource, ParameterReader } from './parameters.ts';

export interface ResnetBlock2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly epsilon: number;
  readonly activation: ActivationName;
  /** How the time embedding enters; absent where there is none (autoencoder). */
  readonly time?: {
    readonly scaleShift: 'default' | 'scale_shift';
    readonly book: TimeProjections;
  };
  /** The sum with the shortcut is divided by this. 1 by default. */
  readonly outputScaleFactor?: number;
}

/**
 * Collects the `time_emb_proj` layers of all resnet blocks of a model, so that one matrix product computes them all, for
 * all timesteps of a run if wanted. `add` returns the columns that belong to a block.
 */
export class TimeProjections {
  readonly #readers: { readonly params: ParameterReader; readonly out: number }[] = [];
  #columns = 0;

  add(params: ParameterReader, out: number): { readonly offset: number; readonly size: number } {
    this.#readers.push({ params, out });
    const offset = this.#columns;
    this.#columns += out;
    return { offset, size: out };
  }

  /** Reads the collected layers, side by side: [features, columns]. Undefined if no block has one. */
  read(owner: ParameterReader, features: number): LinearParameters | undefined {
    if (this.#readers.length === 0) return undefined;
    const named = (name: string): MatrixSource[] => this.#readers.map((reader) => ({ ...reader, name }));
    return { kernel: owner.matrices(named('weight'), features), bias: owner.vectorsOf(named('bias')) };
  }
}

/** The projected time embeddings of one call: a row per image, or one row for all. */
export interface TimeRows {
  /** [N, columns of all blocks] */
  readonly all: tf.Tensor2D;
  /** First row to use, and how many: 1 or the batch. */
  readonly row: number;
  readonly rows: number;
}

export class ResnetBlock2d {
  readonly #norm1: GroupNormParameters;
  readonly #conv1: Conv2dParameters;
  readonly #norm2: GroupNormParameters;
  readonly #conv2: Conv2dParameters;
  readonly #shortcut: LinearParameters | undefined;
  readonly #time: { readonly offset: number; readonly size: number } | undefined;
  readonly #options: ResnetBlock2dOptions;

  constructor(params: ParameterReader, options: ResnetBlock2dOptions) {
    const { inChannels, outChannels, groups, epsilon, time } = options;
    this.#options = options;
    this.#norm1 = readGroupNorm(params.scope('norm1'), inChannels, groups, epsilon);
    this.#conv1 = readConv2d(params.scope('conv1'), inChannels, outChannels, 3);
    this.#time = time?.book.add(
      params.scope('time_emb_proj'),
      time.scaleShift === 'scale_shift' ? 2 * outChannels : outChannels,
    );
    this.#norm2 = readGroupNorm(params.scope('norm2'), outChannels, groups, epsilon);
    this.#conv2 = readConv2d(params.scope('conv2'), outChannels, outChannels, 3);
    this.#shortcut =
      inChannels === outChannels
        ? undefined
        : readPointwise(params.scope('conv_shortcut'), inChannels, outChannels);
  }

  /** [B, H, W, in] to [B, H, W, out]. */
  forward(x: tf.Tensor4D, time?: TimeRows): tf.Tensor4D {
    const { activation, outputScaleFactor = 1 } = this.#options;
    return tf.tidy(() => {
      let h = conv2d(groupNorm(x, this.#norm1, { activation }), this.#conv1);
      h = this.#secondNorm(h, time);
      h = conv2d(h, this.#conv2);
      const sum = tf.add(h, this.#shortcut === undefined ? x : linear(x, this.#shortcut)) as tf.Tensor4D;
      return outputScaleFactor === 1 ? sum : (tf.div(sum, outputScaleFactor) as tf.Tensor4D);
    });
  }

  #secondNorm(h: tf.Tensor4D, time: TimeRows | undefined): tf.Tensor4D {
    const { activation, outChannels } = this.#options;
    if (this.#time === undefined || time === undefined) return groupNorm(h, this.#norm2, { activation });
    const embedded = tf.slice(time.all, [time.row, this.#time.offset], [time.rows, this.#time.size]);
    if (this.#options.time?.scaleShift !== 'scale_shift') {
      return groupNorm(h, this.#norm2, { activation, addend: embedded });
    }
    // [1 or B, 1, 1, 2 C]: scale, then shift
    const both = tf.reshape(embedded, [time.rows, 1, 1, 2 * outChannels]) as tf.Tensor4D;
    const scale = tf.slice(both, [0, 0, 0, 0], [-1, -1, -1, outChannels]);
    const shift = tf.slice(both, [0, 0, 0, outChannels], [-1, -1, -1, outChannels]);
    const modulated = tf.add(tf.mul(groupNorm(h, this.#norm2), tf.add(scale, 1)), shift) as tf.Tensor4D;
    return activate(modulated, activation);
  }
}
