// Layer normalisation (Ba et al. 2016) over the last axis.
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import {
  hasFusedKernel,
  LAYER_NORM,
  LAYER_NORM_GRAD,
  offersKernel,
  runFusedKernel,
  runFusedKernels,
  taping,
} from './kernels.ts';
import type { ParameterReader } from './parameters.ts';

export interface LayerNormParameters {
  readonly weight: tf.Tensor1D;
  readonly bias: tf.Tensor1D;
  readonly epsilon: number;
}

export function readLayerNorm(
  params: ParameterReader,
  features: number,
  epsilon: number,
): LayerNormParameters {
  return { weight: params.vector('weight', features), bias: params.vector('bias', features), epsilon };
}

/** [..., C] to [..., C]. */
export function layerNorm<T extends tf.Tensor>(x: T, { weight, bias, epsilon }: LayerNormParameters): T {
  if (hasFusedKernel(LAYER_NORM, weight.size)) {
    return runFusedKernel(LAYER_NORM, { x, weight, bias }, { epsilon }) as T;
  }
  if (taping() && offersKernel(LAYER_NORM, weight.size) && offersKernel(LAYER_NORM_GRAD, weight.size)) {
    return differentiable(
      { x, weight, bias },
      ['x', 'weight'],
      (values) => runFusedKernel(LAYER_NORM, values, { epsilon }),
      (dy, values) => runFusedKernels(LAYER_NORM_GRAD, { dy, ...values }, { epsilon }),
    ) as T;
  }
  return tf.tidy(() => {
    const centered = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centered), -1, true);
    return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon))), weight), bias);
  }) as T;
}
