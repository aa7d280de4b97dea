// Group normalisation (Wu & He 2018) with an optional per-channel addend before and activation after, in one pass where possible.
import * as tf from '@tensorflow/tfjs-core';
import { activate, fusedActivationCode, type ActivationName } from './activations.ts';
import { differentiable } from './differentiable.ts';
import {
  GROUP_NORM,
  GROUP_NORM_GRAD,
  hasFusedKernel,
  offersKernel,
  runFusedKernel,
  runFusedKernels,
  taping,
} from './kernels.ts';
import type { ParameterReader } from './parameters.ts';

export interface GroupNormParameters {
  readonly weight: tf.Tensor1D;
  readonly bias: tf.Tensor1D;
  readonly groups: number;
  readonly epsilon: number;
}

export interface GroupNormOptions {
  readonly activation?: ActivationName;
  /** [1 or B, C], added to x before it is normalised (the time embedding of a resnet block). */
  readonly addend?: tf.Tensor2D;
}

export function readGroupNorm(
  params: ParameterReader,
  channels: number,
  groups: number,
  epsilon: number,
): GroupNormParameters {
  return {
    weight: params.vector('weight', channels),
    bias: params.vector('bias', channels),
    groups,
    epsilon,
  };
}

const offersBoth = (channels: number): boolean =>
  offersKernel(GROUP_NORM, channels) && offersKernel(GROUP_NORM_GRAD, channels);

/** [B, H, W, C] to [B, H, W, C]. */
export function groupNorm(
  x: tf.Tensor4D,
  { weight, bias, groups, epsilon }: GroupNormParameters,
  { activation, addend }: GroupNormOptions = {},
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const code = fusedActivationCode(activation);
  const inputs: Record<string, tf.Tensor> =
    addend === undefined ? { x, weight, bias } : { x, weight, bias, addend };
  if (code !== undefined && hasFusedKernel(GROUP_NORM, channels)) {
    return runFusedKernel(GROUP_NORM, inputs, { groups, epsilon, activation: code }) as tf.Tensor4D;
  }
  if (code !== undefined && taping() && offersBoth(channels)) {
    const attrs = { groups, epsilon, activation: code };
    return differentiable(
      inputs,
      Object.keys(inputs),
      (values) => runFusedKernel(GROUP_NORM, values, attrs),
      (dy, values) => runFusedKernels(GROUP_NORM_GRAD, { dy, ...values }, attrs),
    ) as tf.Tensor4D;
  }
  return tf.tidy(() => {
    const shifted =
      addend === undefined ? x : tf.add(x, tf.reshape(addend, [addend.shape[0], 1, 1, channels]));
    // [B, HW, G, C / G]
    const grouped = tf.reshape(shifted, [batch, height * width, groups, channels / groups]);
    const centered = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
    const variance = tf.mean(tf.square(centered), [1, 3], true);
    const normal = tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
    const affine = tf.add(tf.mul(tf.reshape(normal, x.shape), weight), bias) as tf.Tensor4D;
    return activation === undefined ? affine : activate(affine, activation);
  });
}
