// Downsample2D and Upsample2D: a stride-2 convolution; nearest-neighbour enlargement and a convolution. And the
// transposed convolution that the latter took the place of.
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, readConv2d, type Conv2dParameters } from './conv2d.ts';
import type { ParameterReader } from './parameters.ts';

export class Downsample2d {
  readonly #conv: Conv2dParameters;
  readonly #padding: number;

  /** @param padding zeros on every side; 0 means the autoencoder's way: one row below and one column at the right */
  constructor(params: ParameterReader, channels: number, padding: number) {
    this.#conv = readConv2d(params.scope('conv'), channels, channels, 3);
    this.#padding = padding;
  }

  /** [B, H, W, C] to [B, H', W', C], about half the size. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    return conv2d(x, this.#conv, { stride: 2, padding: this.#padding === 0 ? [0, 1, 0, 1] : this.#padding });
  }
}

export class Upsample2d {
  readonly #conv: Conv2dParameters;

  constructor(params: ParameterReader, channels: number) {
    this.#conv = readConv2d(params.scope('conv'), channels, channels, 3);
  }

  /** [B, H, W, C] to [B, 2 H, 2 W, C], or to `size` (height, width) where an odd size has to be met again. */
  forward(x: tf.Tensor4D, size?: readonly [number, number]): tf.Tensor4D {
    return tf.tidy(() => {
      const [height, width] = size ?? [2 * x.shape[1], 2 * x.shape[2]];
      return conv2d(upsampleNearest(x, height, width), this.#conv);
    });
  }
}

/**
 * PyTorch's ConvTranspose2d(C, C, 3, stride 2, padding 1, output_padding 1). One output pixel in four is reached by one
 * weight of the kernel, two by two, one by four: the unevenness that shows as a checkerboard (Odena et al. 2016).
 */
export class UpsampleTranspose2d {
  readonly #conv: Conv2dParameters;

  constructor(params: ParameterReader, channels: number) {
    // In the file (in, out, 3, 3), so here [3, 3, out, in].
    this.#conv = readConv2d(params.scope('conv'), channels, channels, 3);
  }

  /** [B, H, W, C] to [B, 2 H, 2 W, C]. */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [count, height, width, channels] = x.shape;
    const { kernel, bias } = this.#conv;
    return tf.tidy(() => {
      const size: [number, number, number, number] = [count, 2 * height, 2 * width, channels];
      return tf.add(tf.conv2dTranspose(x, kernel, size, 2, 1), bias) as tf.Tensor4D;
    });
  }
}

/** Nearest neighbour with the rounding of PyTorch: source index floor(i * in / out). */
export function upsampleNearest(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  return tf.image.resizeNearestNeighbor(x, [height, width]);
}
