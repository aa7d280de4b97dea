// Two-dimensional convolution in NHWC, with the paddings that the models use.
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { CONV2D, CONV2D_GRAD, offersKernel, runFusedKernel, runFusedKernels, taping } from './kernels.ts';
import type { ParameterReader } from './parameters.ts';

export interface Conv2dParameters {
  /** HWIO */
  readonly kernel: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

export interface Conv2dOptions {
  /** 1 by default */
  readonly stride?: number;
  /** Zeros added on every side (PyTorch's `padding`), or [top, bottom, left, right]; (k - 1) / 2 rounded down by default. */
  readonly padding?: number | readonly [number, number, number, number];
}

export function readConv2d(
  params: ParameterReader,
  inChannels: number,
  outChannels: number,
  kernelSize: number,
): Conv2dParameters {
  return {
    kernel: params.conv('weight', [outChannels, inChannels, kernelSize, kernelSize]),
    bias: params.vector('bias', outChannels),
  };
}

/** [B, H, W, in] to [B, H', W', out]. */
export function conv2d(
  x: tf.Tensor4D,
  { kernel, bias }: Conv2dParameters,
  options: Conv2dOptions = {},
): tf.Tensor4D {
  const { stride = 1, padding = Math.floor((kernel.shape[0] - 1) / 2) } = options;
  const channels = x.shape[3];
  if (taping() && offersKernel(CONV2D, channels) && offersKernel(CONV2D_GRAD, channels)) {
    const [top, bottom, left, right] =
      typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
    const attrs = { stride, top, bottom, left, right };
    return differentiable(
      { x, kernel, bias },
      ['x', 'kernel'],
      (values) => runFusedKernel(CONV2D, values, attrs),
      (dy, values) => runFusedKernels(CONV2D_GRAD, { dy, ...values }, attrs),
    ) as tf.Tensor4D;
  }
  let pad: number | [[0, 0], [number, number], [number, number], [0, 0]];
  if (typeof padding === 'number') pad = padding;
  else {
    const [top, bottom, left, right] = padding;
    pad = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
  }
  return tf.fused.conv2d({ x, filter: kernel, strides: stride, pad, bias });
}
